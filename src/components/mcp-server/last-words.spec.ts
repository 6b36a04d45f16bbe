import { LastWords } from './last-words';

function lastOf(lines: readonly string[]): string | null {
  const words = new LastWords();
  for (const line of lines) words.hear(line);
  return words.text;
}

const REPORT = [
  'node:internal/modules/cjs/loader:1568',
  '  throw err;',
  '  ^',
  '',
  "Error: Cannot find module '/srv/server.js'",
  '    at Module._resolveFilename (node:internal/modules/cjs/loader:1564:15) {',
  "  code: 'MODULE_NOT_FOUND',",
  '}',
  '',
  'Node.js v24.21.0',
];

describe('LastWords', () => {
  it.each([
    [['starting', 'no token', ''], 'no token'],
    [REPORT, "Error: Cannot find module '/srv/server.js'"],
    [['Error: an old one', 'went on', 'no token'], 'no token'],
    [['Node.js v24.21.0'], 'Node.js v24.21.0'],
    [
      ['Traceback (most recent call last):', "ModuleNotFoundError: No module named 'x'"],
      "ModuleNotFoundError: No module named 'x'",
    ],
    [[], null],
  ])('of %j says %j', (lines, words) => {
    expect(lastOf(lines)).toBe(words);
  });
});
