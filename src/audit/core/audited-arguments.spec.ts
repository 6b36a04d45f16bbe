import { auditedArguments, CUT, storableText } from './audited-arguments';

const KEY = `mcp_${'a'.repeat(32)}`;
const kept = (given: unknown, omitted?: string[]) => auditedArguments(given, omitted).value;

describe('what is kept of arguments', () => {
  it.each<[string, unknown, unknown]>([
    ['plain data as it is', { a: 1, b: [true, null, 'x'], c: { d: 1.5 } }, undefined],
    ['nothing of nothing', undefined, null],
    [
      'a password by its name',
      { password: 'p', db_password: 7 },
      { password: '[redacted]', db_password: '[redacted]' },
    ],
    [
      'secrets by their names, whatever they are',
      { clientSecret: { a: 1 }, 'api-key': ['k'] },
      { clientSecret: '[redacted]', 'api-key': '[redacted]' },
    ],
    [
      'a secret deep inside',
      { a: [{ Authorization: 'Bearer x' }] },
      { a: [{ Authorization: '[redacted]' }] },
    ],
    ['how many tokens a model may use', { max_tokens: 100, tokens: 3 }, undefined],
    ['the wish to have no password, or a cookie', { password: null, cookie: true }, undefined],
    [
      'only the names of headers and variables',
      { headers: { accept: 'a' }, env: { HOME: '/' } },
      { headers: { accept: '[redacted]' }, env: { HOME: '[redacted]' } },
    ],
    ['a key in a text', { text: `use ${KEY}, now` }, { text: 'use [redacted], now' }],
    ['a password in a URL', { url: 'postgresql://me:pw@db/x' }, { url: 'postgresql://me:[redacted]@db/x' }],
    [
      'a secret parameter of a URL',
      { url: 'https://x.test/?a=1&access_token=t0k&b=2#f' },
      { url: 'https://x.test/?a=1&access_token=[redacted]&b=2#f' },
    ],
    [
      'arguments of a command without their credentials',
      {
        args: ['-y', '--api-key', 'k1', '--token=k2', '--header', 'Authorization: Bearer k3', '--port', '80'],
      },
      {
        args: [
          '-y',
          '--api-key',
          '[redacted]',
          '--token=[redacted]',
          '--header',
          'Authorization: Bearer [redacted]',
          '--port',
          '80',
        ],
      },
    ],
    ['which secret an argument refers to', { args: ['--token=${{ secrets.GITHUB }}'] }, undefined],
    [
      'tokens of providers, wherever they stand',
      { code: `const key = "sk-${'a'.repeat(20)}";`, args: [`ghp_${'b'.repeat(36)}`] },
      { code: 'const key = "[redacted]";', args: ['[redacted]'] },
    ],
    ['a list at the top', ['x'], undefined],
  ])('keeps %s', (_case, given, expected) => {
    expect(auditedArguments(given)).toEqual({
      value: expected === undefined ? given : expected,
      isTruncated: false,
    });
  });

  it('leaves out what its caller knows to be a secret, at the top only', () => {
    const given = { name: 'n', value: 'v', nested: { value: 1 } };
    expect(kept(given, ['value'])).toEqual({ name: 'n', value: '[redacted]', nested: { value: 1 } });
  });

  it.each<[string, unknown]>([
    ['a long text', { text: 'x'.repeat(1_000_000) }],
    ['a long name', { ['n'.repeat(1_000_000)]: 1 }],
    ['many texts', Array.from({ length: 90 }, () => 'y'.repeat(100))],
    ['many members', Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`n${n}`, n]))],
    ['many items', Array(100_000).fill(null)],
    ['deep nesting', JSON.parse(`${'['.repeat(1_000)}${']'.repeat(1_000)}`)],
  ])('cuts %s, and says so', (_case, given) => {
    const { value, isTruncated } = auditedArguments(given);
    expect(isTruncated).toBe(true);
    expect(JSON.stringify(value).length).toBeLessThan(7_000);
    expect(JSON.stringify(value)).toContain(CUT);
  });

  it('keeps no half of a secret where it cuts', () => {
    for (let before = 1_000; before < 1_030; before += 1) {
      expect(kept({ text: `${'-'.repeat(before)}${KEY}${'-'.repeat(200)}` })).not.toEqual({
        text: expect.stringContaining('mcp_') as string,
      });
    }
  });

  it('gives nothing that PostgreSQL cannot store', () => {
    const text = JSON.stringify(kept({ 'a\0': 'b\0\ud800', '\udc00': ['\0'] }));
    expect(text).not.toMatch(/\\u0000|\\ud800|\\udc00/);
    expect(storableText('😀', 1)).toBe(`\ufffd${CUT}`);
  });

  it('takes a member named __proto__ for what it is: data', () => {
    const value = kept(JSON.parse('{"__proto__": {"a": 1}, "token": "t"}'));
    expect(JSON.stringify(value)).toBe('{"__proto__":{"a":1},"token":"[redacted]"}');
  });
});
