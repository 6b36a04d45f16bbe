import { Logger } from '@nestjs/common';

import type { Clock } from '../common/clock';
import { loadConfig } from '../config/load-config';
import type { RemovedRows, RetentionRepository } from './retention.repository';
import { RetentionService } from './retention.service';

const NOW = new Date('2026-03-31T12:00:00.000Z');
const clock: Clock = { now: () => NOW };

/** A repository whose batches the test scripts: what it removes, in order, then nothing. */
class ScriptedRepository {
  readonly runCutoffs: Date[] = [];
  readonly keyCutoffs: Date[] = [];
  readonly auditCutoffs: Date[] = [];
  readonly auditBatches: number[] = [];

  constructor(private readonly batches: (RemovedRows | null)[]) {}

  removeEndedRuns(cutoff: Date): Promise<RemovedRows | null> {
    this.runCutoffs.push(cutoff);
    return Promise.resolve(this.batches.shift() ?? { runs: 0, steps: 0, events: 0 });
  }

  removeIdempotencyKeys(cutoff: Date): Promise<number | null> {
    this.keyCutoffs.push(cutoff);
    return Promise.resolve(0);
  }

  removeAuditEvents(cutoff: Date): Promise<number | null> {
    this.auditCutoffs.push(cutoff);
    return Promise.resolve(this.auditBatches.shift() ?? 0);
  }
}

function serviceOn(repository: ScriptedRepository, days: string, auditDays = '0'): RetentionService {
  const config = loadConfig({ RUN_RETENTION_DAYS: days, AUDIT_RETENTION_DAYS: auditDays }, false);
  return new RetentionService(repository as unknown as RetentionRepository, config, clock);
}

describe('RetentionService', () => {
  const log = jest.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);

  beforeEach(() => {
    log.mockClear();
  });

  it('removes batch after batch until there is nothing left, and says once what it removed', async () => {
    const repository = new ScriptedRepository([
      { runs: 500, steps: 1_000, events: 3_000 },
      { runs: 20, steps: 40, events: 120 },
    ]);
    await serviceOn(repository, '7').sweep();
    expect(repository.runCutoffs).toEqual(Array(3).fill(new Date('2026-03-24T12:00:00.000Z')));
    expect(repository.keyCutoffs).toEqual([new Date('2026-03-30T12:00:00.000Z')]);
    expect(log.mock.calls).toEqual([
      [
        expect.stringMatching(
          /^Removed 520 runs that ended before 2026-03-24T12:00:00\.000Z, with 1040 steps and 3120 events, in [\d.]+ s$/,
        ),
      ],
    ]);
  });

  it('leaves the work to the process that is at it', async () => {
    const repository = new ScriptedRepository([null, { runs: 1, steps: 1, events: 1 }]);
    await serviceOn(repository, '7').sweep();
    expect(repository.runCutoffs).toHaveLength(1);
    expect(log).not.toHaveBeenCalled();
  });

  it('removes no run where 0 days say for ever, but idempotency keys still', async () => {
    const repository = new ScriptedRepository([]);
    await serviceOn(repository, '0').sweep();
    expect([repository.runCutoffs.length, repository.keyCutoffs.length]).toEqual([0, 1]);
  });

  it('removes audit events after a time of their own, and none where 0 days say for ever', async () => {
    const repository = new ScriptedRepository([]);
    repository.auditBatches.push(5_000, 12);
    await serviceOn(repository, '0', '90').sweep();
    expect(repository.auditCutoffs).toEqual(Array(3).fill(new Date('2025-12-31T12:00:00.000Z')));
    expect(log.mock.calls).toEqual([['Removed 5012 audit events from before 2025-12-31T12:00:00.000Z']]);
    await serviceOn(repository, '0', '0').sweep();
    expect(repository.auditCutoffs).toHaveLength(3);
  });

  it('stops between two batches', async () => {
    const repository = new ScriptedRepository([]);
    const service = serviceOn(repository, '7');
    repository.removeEndedRuns = (cutoff) => {
      repository.runCutoffs.push(cutoff);
      void service.onModuleDestroy();
      return Promise.resolve({ runs: 500, steps: 0, events: 0 });
    };
    await service.sweep();
    expect(repository.runCutoffs).toHaveLength(1);
  });

  it('stops at once while it rests', async () => {
    const service = serviceOn(new ScriptedRepository([]), '7');
    service.onApplicationBootstrap();
    await service.onModuleDestroy();
  });
});
