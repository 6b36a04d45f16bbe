import { refuseCrossSite } from './refuse-cross-site';

const HOST = 'mcp.example:8443';
const good = { 'x-csrf-token': 'secret' };

function attempt(
  method: string,
  headers: Record<string, string>,
  csrfToken: string | null = 'secret',
): string {
  try {
    refuseCrossSite({ method, headers, host: HOST }, csrfToken);
    return 'let in';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe('a request that a session cookie came with', () => {
  it.each<[string, string, Record<string, string>]>([
    ['reads, and says nothing of its origin', 'GET', {}],
    ['reads from an address that was typed', 'GET', { 'sec-fetch-site': 'none' }],
    ['reads from our own page', 'GET', { 'sec-fetch-site': 'same-origin' }],
    ['changes something from our own page', 'POST', { ...good, 'sec-fetch-site': 'same-origin' }],
    ['changes something from our origin', 'DELETE', { ...good, origin: `https://${HOST}` }],
    ['changes something and holds the token', 'PUT', good],
  ])('is let in when it %s', (_case, method, headers) => {
    expect(attempt(method, headers)).toBe('let in');
  });

  it.each<[string, string, Record<string, string>]>([
    ['reads from another site', 'GET', { 'sec-fetch-site': 'cross-site' }],
    ['reads from a neighbour below the same domain', 'GET', { 'sec-fetch-site': 'same-site' }],
    [
      'changes something from another site, with the token',
      'POST',
      { ...good, 'sec-fetch-site': 'cross-site' },
    ],
    [
      'changes something from a neighbour, with the token',
      'POST',
      { ...good, 'sec-fetch-site': 'same-site' },
    ],
    ['changes something from a typed address', 'POST', { ...good, 'sec-fetch-site': 'none' }],
    ['changes something from another origin', 'POST', { ...good, origin: 'https://evil.example' }],
    ['changes something from another port', 'POST', { ...good, origin: 'https://mcp.example' }],
    ['changes something from an origin that a browser hides', 'POST', { ...good, origin: 'null' }],
    ['changes something without the token', 'POST', { 'sec-fetch-site': 'same-origin' }],
    ['changes something with another token', 'POST', { 'x-csrf-token': 'secreu' }],
    ['changes something with a part of the token', 'POST', { 'x-csrf-token': 'secre' }],
  ])('is refused when it %s', (_case, method, headers) => {
    expect(attempt(method, headers)).toBe('FORBIDDEN');
  });

  it('changes nothing when its session was not begun for a cookie', () => {
    expect(attempt('POST', good, null)).toBe('FORBIDDEN');
    expect(attempt('GET', good, null)).toBe('let in');
  });
});
