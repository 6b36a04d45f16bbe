import { SystemClock } from '../common/clock';
import type { ApiKeyRepository } from './api-key.repository';
import { ApiKeyUsageService } from './api-key-usage.service';

/** Takes the writes and nothing else: any other call fails the test. */
function recordingRepository(): {
  keys: ApiKeyRepository;
  writes: string[][];
  fail: (times: number) => void;
} {
  const writes: string[][] = [];
  let failures = 0;
  const keys = {
    writeLastUsed: (used: ReadonlyMap<string, Date>): Promise<void> => {
      if (failures > 0) {
        failures -= 1;
        return Promise.reject(new Error('away'));
      }
      writes.push([...used.keys()]);
      return Promise.resolve();
    },
  };
  return {
    keys: keys as unknown as ApiKeyRepository,
    writes,
    fail: (times) => {
      failures = times;
    },
  };
}

describe('the time when keys were last used', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('is written once a minute for all keys together, however often they are used', async () => {
    const { keys, writes } = recordingRepository();
    const usage = new ApiKeyUsageService(keys, new SystemClock());
    usage.onApplicationBootstrap();
    for (let request = 0; request < 1000; request++) usage.note(`key ${request % 2}`);
    await jest.advanceTimersByTimeAsync(59_000);
    expect(writes).toEqual([]);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(writes).toEqual([['key 0', 'key 1']]);
    await jest.advanceTimersByTimeAsync(600_000);
    expect(writes).toHaveLength(1);
    await usage.beforeApplicationShutdown();
  });

  it('is written at the end, and again when it could not be written', async () => {
    const { keys, writes, fail } = recordingRepository();
    const usage = new ApiKeyUsageService(keys, new SystemClock());
    usage.note('a');
    fail(1);
    await usage.write();
    usage.note('b');
    await usage.beforeApplicationShutdown();
    expect(writes).toEqual([['a', 'b']]);
  });
});
