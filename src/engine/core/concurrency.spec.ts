import { builtin, planOf } from '../../../test/support/run-drive';
import { concurrencyPlace } from './concurrency';
import { compileWorkflow } from './compile-workflow';
import type { JsonObject, JsonValue } from './json';

const STEPS = [builtin('a', 'set', 1)];
const place = (concurrency: JsonObject, params: JsonValue): unknown =>
  concurrencyPlace(planOf(STEPS, { concurrency }).concurrency, params);

describe('the concurrency of a workflow', () => {
  it.each([
    ['a text', 'params.x', { x: 'a' }, '"a"'],
    ['a number, which is no text', 'params.x', { x: 1 }, '1'],
    ['the same text as a number', 'params.x', { x: '1' }, '"1"'],
    ['the same for all runs', '"all"', {}, '"all"'],
    ['several parameters', '[params.x, params.y]', { x: 1, y: null }, '[1,null]'],
  ])('has %s for a key', (_case, key, params, expected) => {
    expect(place({ key }, params)).toEqual({
      ok: true,
      value: { key: expected, max: 1, onConflict: 'queue' },
    });
  });

  it.each([
    ['a missing parameter', { key: 'params.x' }, {}],
    ['a key that is too long', { key: 'params.x' }, { x: 'x'.repeat(500) }],
  ])('refuses a run for %s', (_case, concurrency, params) => {
    expect(place(concurrency, params)).toMatchObject({ ok: false, error: { path: 'params' } });
    expect(planOf(STEPS, { concurrency }).checkParameters(params)).toMatchObject([{ path: 'params' }]);
  });

  it.each([
    ['concurrency', {}],
    ['concurrency.key', { key: 'steps.a.output' }],
    ['concurrency.key', { key: 'params.(' }],
    ['concurrency.max', { key: '1', max: 0 }],
    ['concurrency.on_conflict', { key: '1', on_conflict: 'wait' }],
  ])('is refused when it is saved: %s %j', (path, concurrency) => {
    const compiled = compileWorkflow({ steps: STEPS, concurrency });
    expect(compiled).toMatchObject({ ok: false, error: [{ path: expect.stringContaining(path) as string }] });
  });

  it('is none where the workflow says nothing', () => {
    expect(concurrencyPlace(planOf(STEPS).concurrency, {})).toEqual({ ok: true, value: null });
  });
});
