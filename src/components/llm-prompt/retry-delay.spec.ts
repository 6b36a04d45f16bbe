import { retryDelay } from './retry-delay';

const NOW = Date.parse('2026-01-02T03:04:05Z');

function delay(
  status: number,
  headers: Record<string, string> = {},
  body: object | string = '',
  attempt = 0,
) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return retryDelay({ status, headers: new Headers(headers), body: text }, attempt, NOW);
}

const retryInfo = (retryDelay: unknown) => ({
  error: { code: 429, details: [{ '@type': 'type.googleapis.com/google.rpc.Help' }, { retryDelay }] },
});

describe('retryDelay', () => {
  it.each([
    [{ 'retry-after-ms': '1500', 'retry-after': '9' }, 1_500],
    [{ 'retry-after': '3' }, 3_000],
    [{ 'retry-after': '0.25' }, 250],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': 'Fri, 02 Jan 2026 03:04:15 GMT' }, 10_000],
    [{ 'retry-after': 'Fri, 02 Jan 2026 03:00:00 GMT' }, 0],
  ])('reads %j', (headers, ms) => {
    for (const status of [429, 529, 503]) expect(delay(status, headers)).toEqual({ ms, isTold: true });
  });

  it("reads the RetryInfo of Google's errors", () => {
    expect(delay(429, {}, retryInfo('34.5s'))).toEqual({ ms: 34_500, isTold: true });
  });

  it.each([
    [{ 'retry-after': 'soon' }, ''],
    [{ 'retry-after': '-5' }, ''],
    [{}, '{"error":'],
    [{}, '[]'],
    [{}, retryInfo(null)],
    [{}, { error: { details: 'none' } }],
  ])('waits longer each time where a rate limit names no time: %j %j', (headers, body) => {
    const waits = [0, 1, 2, 3].map((attempt) => delay(429, headers, body, attempt));
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000].map((ms) => ({ ms, isTold: false })));
  });

  it.each([400, 401, 404, 500, 502, 503])('does not wait for a %d that names no time', (status) => {
    expect(delay(status)).toBeNull();
  });

  it.each([400, 401, 500])('does not wait for a %d whatever it says', (status) => {
    expect(delay(status, { 'retry-after': '1' })).toBeNull();
  });

  it('does not wait where that is of no use', () => {
    expect(delay(429, { 'retry-after': '1', 'x-should-retry': 'false' })).toBeNull();
    expect(delay(429, { 'retry-after': '1' }, { error: { code: 'insufficient_quota' } })).toBeNull();
  });
});
