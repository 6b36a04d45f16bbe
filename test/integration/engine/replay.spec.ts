import { setTimeout as sleep } from 'node:timers/promises';

import { AppError } from '../../../src/common/errors/app-error';
import { inTransaction, type SqlExecutor } from '../../../src/database/sql-executor';
import type { JsonObject } from '../../../src/engine/core/json';
import type { EngineRuntime } from '../../../src/engine/engine-runtime';
import type { Cancellation } from '../../../src/engine/store/cancel-store';
import { Dice } from '../../chaos/dice';
import { randomWorkflow } from '../../chaos/random-workflow';
import { toDefinition } from '../../chaos/to-definition';
import { STORED_RUNS, type StoredRun, untoldOf } from '../../support/replay-events';
import { EngineBench } from './engine-bench';

const RUNS = 60;
/** In which runs are cancelled that are under way, milliseconds after their start. */
const CANCELLED_WITHIN_MS = 600;

/** As far as the workflows that are drawn here have them. */
interface DrawnStep extends JsonObject {
  readonly uses: JsonObject;
}

describe('the events of a run', () => {
  let bench: EngineBench;
  let runtime: EngineRuntime;

  beforeAll(async () => {
    const effects = new Map<string, number>();
    bench = await EngineBench.create({
      ledger: async ({ idempotencyKey, inputs }) => {
        const { value, failures } = inputs as { value: number; failures: number };
        const made = (effects.get(idempotencyKey) ?? 0) + 1;
        effects.set(idempotencyKey, made);
        await sleep((made * 7) % 40);
        if (made <= failures) throw new AppError('UNEXPECTED_STATUS', 'not yet');
        return { body: { value } };
      },
    });
    runtime = await bench.startWorker();
  });

  afterAll(() => bench.close());

  it('tell, one after the other, the state that is stored, whatever the run does and whoever ends it', async () => {
    const seed = Date.now() % 2 ** 31;
    const dice = new Dice(seed);
    const runs = Array.from({ length: RUNS }, async (_none, index) => {
      const spec = drawn(dice, `w${index}`);
      // Some before anybody can begin them, so that there surely are such.
      if (index % 10 === 0) {
        return bench.startRun(spec, {}, async (sql, id) => {
          await cancel(sql, id);
        });
      }
      const id = await bench.startRun(spec);
      if (dice.chance(0.6)) return id;
      await sleep(dice.between(0, CANCELLED_WITHIN_MS));
      runtime.intake.announceCancel(await inTransaction(bench.pool, (sql) => cancel(sql, id)));
      return id;
    });
    const ids = await Promise.all(runs);
    for (const id of ids) await bench.ended(id);

    const stored = await bench.query<StoredRun>(STORED_RUNS, [ids]);
    expect(stored).toHaveLength(RUNS);
    expect({ seed, untold: stored.flatMap(untoldOf) }).toEqual({ seed, untold: [] });
    // None of them is about nothing: there were runs of each kind.
    expect(new Set(stored.map(({ status }) => status))).toEqual(
      new Set(['succeeded', 'failed', 'cancelled']),
    );
  });

  function cancel(sql: SqlExecutor, id: string): Promise<Cancellation> {
    return runtime.intake.cancel(sql, id, new Date());
  }

  function drawn(dice: Dice, name: string): JsonObject {
    const workflow = randomWorkflow(dice, name, 0);
    const spec = toDefinition(workflow, { ledger: 'ledger', workflows: new Map() }) as {
      readonly steps: DrawnStep[];
      readonly on_failure: DrawnStep[];
      readonly result: JsonObject;
    };
    const withTools = (steps: readonly DrawnStep[]): JsonObject[] =>
      steps.map((step) => ('builtin' in step.uses ? step : { ...step, uses: { tool: 'ledger' } }));
    return { ...spec, steps: withTools(spec.steps), on_failure: withTools(spec.on_failure) };
  }
});
