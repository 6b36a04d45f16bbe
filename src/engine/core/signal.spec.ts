import { builtin, call, Drive, NOW, planOf } from '../../../test/support/run-drive';
import { closeRun } from './advance';
import type { JsonObject, JsonValue } from './json';
import type { Signal } from './signal';

const SENT = { sentAt: '2026-01-31T09:31:00.000Z', sentBy: 'key-1' };
const signal = (name: string, payload: JsonValue): Signal => ({ name, payload, ...SENT });

function approval(more: JsonObject = {}): JsonObject {
  return builtin('ok', 'approval', { message: '${{ params.n }} rows?' }, more);
}

describe('a step that holds for a signal', () => {
  it('takes it over: it is held once, however often it is brought', () => {
    const run = new Drive(planOf([builtin('paid', 'signal', {}), call('b')]));
    run.state.deliver(signal('paid', { amount: 5 }));
    expect(run.state.signal('paid')).toMatchObject({ payload: { amount: 5 } });
    expect(run.words()).toEqual(['succeed paid', 'start b']);
    run.state.deliver(signal('paid', { amount: 5 }));
    expect(run.state.signal('paid')).toBeUndefined();
    expect(run.state.step('paid').output).toEqual({ amount: 5 });
  });

  it('waits without a time, and goes on with the payload', () => {
    const run = new Drive(planOf([builtin('paid', 'signal', {}), call('b', { needs: ['paid'] })]));
    expect(run.advance()).toEqual([{ type: 'wait', stepId: 'paid', attempt: 1, inputs: {}, wakeAt: null }]);
    expect(run.advance()).toEqual([]);
    expect(run.state.nextWake(run.now)).toBeNull();
    expect(run.state.awaitsNews).toBe(true);
    run.state.deliver(signal('other', 1));
    expect(run.advance()).toEqual([]);
    run.state.deliver(signal('paid', { amount: 5 }));
    expect(run.advance()).toEqual([
      { type: 'succeed', stepId: 'paid', attempt: 1, output: { amount: 5 } },
      { type: 'start', stepId: 'b', attempt: 1, inputs: {} },
    ]);
    expect(run.state.awaitsNews).toBe(false);
  });

  it('takes a signal that came before it began, by its own name', () => {
    const run = new Drive(planOf([builtin('a', 'signal', { name: 'paid' })]));
    run.state.deliver(signal('paid', null));
    expect(run.advance()).toEqual([
      { type: 'succeed', stepId: 'a', attempt: 1, inputs: { name: 'paid' }, output: null },
      { type: 'end', status: 'succeeded', result: { a: null } },
    ]);
  });

  it('fails the attempt that waited, and no other, when its time is over', () => {
    const run = new Drive(planOf([builtin('paid', 'signal', {}, { timeout_seconds: 60 })]));
    run.advance();
    run.now += 60_000;
    expect(run.advance()[0]).toMatchObject({ type: 'fail', status: 'timed_out', attempt: 1 });
  });

  it('gives who approved, when and why', () => {
    const run = new Drive(planOf([approval()]));
    run.advance();
    run.state.deliver(signal('ok', { decision: 'approve', comment: 'fine' }));
    expect(run.advance()[0]).toEqual({
      type: 'succeed',
      stepId: 'ok',
      attempt: 1,
      output: { decision: 'approve', comment: 'fine', decided_at: SENT.sentAt, decided_by: 'key-1' },
    });
  });

  it.each([
    [{ decision: 'reject', comment: 'too many' }, 'Rejected: too many'],
    [{ decision: 'reject' }, 'Rejected'],
  ])('fails with REJECTED for %j', (payload, message) => {
    const run = new Drive(planOf([approval({ retry: { max_attempts: 5 } })]));
    run.state.deliver(signal('ok', payload));
    expect(run.advance()).toMatchObject([
      { type: 'fail', stepId: 'ok', error: { code: 'REJECTED', message, details: { decision: 'reject' } } },
      { type: 'end', status: 'failed', error: { code: 'REJECTED' } },
    ]);
  });

  it('is over at its time limit, but not where its signal came before that was seen', () => {
    const plan = planOf([approval({ timeout_seconds: 60 })]);
    const late = new Drive(plan);
    expect(late.advance()).toMatchObject([{ type: 'wait', wakeAt: NOW + 60_000 }]);
    late.now += 60_000;
    expect(late.advance()[0]).toMatchObject({
      type: 'fail',
      status: 'timed_out',
      error: { code: 'TIMEOUT', message: "Nothing came within the step's 60 s" },
    });
    const inTime = new Drive(plan);
    inTime.advance();
    inTime.now += 60_000;
    inTime.state.deliver(signal('ok', { decision: 'approve' }));
    expect(inTime.advance()[0]).toMatchObject({ type: 'succeed' });
  });

  it('goes on waiting on another worker', () => {
    const run = new Drive(planOf([approval({ timeout_seconds: 60 })]));
    run.advance();
    const next = run.takenOver();
    expect(next.advance()).toEqual([]);
    expect(next.state.nextWake(next.now)).toBe(NOW + 60_000);
    next.state.deliver(signal('ok', { decision: 'approve' }));
    expect(next.words()).toEqual(['succeed ok', 'end succeeded']);
  });

  it('ends with the run', () => {
    const run = new Drive(planOf([approval()]));
    run.advance();
    closeRun(run.state, { status: 'cancelled', error: { code: 'CANCELLED', message: 'asked to' } });
    expect(run.words()).toEqual(['cancel ok', 'end cancelled']);
  });
});
