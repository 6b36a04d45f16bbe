import pc from 'picocolors';

import type { RunEventData } from './run-event';
import { durationText, printable, RunLines } from './run-lines';

const plain = pc.createColors(false);
const AT = Date.parse('2026-01-31T00:00:00Z');

function change(status: string, after = 0, more: Partial<RunEventData> = {}) {
  const at = new Date(AT + after).toISOString();
  return { type: 'status_change', data: { at, step_id: 'add', status, ...more } };
}

it('gives a line to the end of a step, with the time that it took', () => {
  const lines = new RunLines(plain, false);
  expect(lines.line(change('pending'))).toBeNull();
  expect(lines.line(change('running'))).toBeNull();
  expect(lines.status).toBe('add');
  expect(lines.line(change('succeeded', 1_234))).toBe('✔ add               succeeded  1.2 s');
  expect(lines.status).toBe('');
});

it('counts what a step waits for as its time, and says that it waits', () => {
  const lines = new RunLines(plain, false);
  lines.line(change('running'));
  expect(lines.line(change('waiting', 5))).toBe('… add               waiting');
  lines.line(change('running', 5, { step_id: 'other' }));
  expect(lines.status).toBe('add (waiting), other');
  lines.line(change('running', 3_000));
  expect(lines.line(change('succeeded', 3_100))).toBe('✔ add               succeeded  3.1 s');
});

it('tells starts where nothing else does', () => {
  const lines = new RunLines(plain, true);
  expect(lines.line(change('running', 0, { attempt: 2 }))).toBe('▶ add               running    attempt 2');
});

it('tells why, and which item it is about', () => {
  const lines = new RunLines(plain, false);
  const error = { code: 'TIMEOUT', message: 'It took\ntoo long' };
  lines.line(change('running', 0, { item: 3 }));
  expect(lines.line(change('retrying', 50, { item: 3, error }))).toBe(
    '↻ add[3]            retrying   50 ms, TIMEOUT: It took too long',
  );
  expect(lines.line(change('skipped', 60, { reason: 'when is false' }))).toBe(
    '○ add               skipped    when is false',
  );
});

it('shows what a step logs, and nothing of the run itself', () => {
  const lines = new RunLines(plain, false);
  const at = new Date(AT).toISOString();
  expect(lines.line({ type: 'log', data: { at, step_id: 'add', message: 'a\u001b[2Jb' } })).toBe(
    '  add               │ a [2Jb',
  );
  expect(lines.line({ type: 'status_change', data: { at, status: 'running' } })).toBeNull();
  expect(lines.line({ type: 'result_preview', data: { at, step_id: 'add' } })).toBeNull();
});

it('colours what is good, bad and in between, where colours are wanted', () => {
  const lines = new RunLines(pc.createColors(true), false);
  expect(lines.line(change('failed'))).toContain(pc.createColors(true).red('✖'));
});

it.each([
  [0, '0 ms'],
  [999, '999 ms'],
  [59_900, '59.9 s'],
  [61_000, '1 min 1 s'],
])('writes %d ms as %s', (milliseconds, text) => {
  expect(durationText(milliseconds)).toBe(text);
});

it('lets no control character through', () => {
  expect(printable('a\r\u0000\u009bb')).toBe('a b');
});
