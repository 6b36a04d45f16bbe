import { Json } from './json';
import { toWire } from './to-wire';

describe('toWire', () => {
  it('turns names into snake_case at every depth', () => {
    expect(toWire({ latestVersion: { mcpType: 'x', stepRuns: [{ runId: 1 }] } })).toEqual({
      latest_version: { mcp_type: 'x', step_runs: [{ run_id: 1 }] },
    });
  });

  it('leaves the keys of user documents as they were sent', () => {
    const config = { camelCase: { stillCamel: 1 }, snake_case: 2 };
    expect(toWire({ latestConfig: new Json(config) })).toEqual({ latest_config: config });
  });

  it('writes times in UTC with milliseconds', () => {
    expect(toWire({ createdAt: new Date(Date.UTC(2026, 0, 2, 3, 4, 5, 6)) })).toEqual({
      created_at: '2026-01-02T03:04:05.006Z',
    });
  });

  it('leaves out what is undefined and keeps null', () => {
    expect(toWire({ a: undefined, lastUsedAt: null })).toEqual({ last_used_at: null });
  });

  it.each([null, 1, 'camelCase', true, undefined])('passes %j through', (value) => {
    expect(toWire(value)).toBe(value);
  });
});
