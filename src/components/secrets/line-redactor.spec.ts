import { SecretRedactor } from '../../security/secret-redactor';
import { LineRedactor } from './line-redactor';

const TOKEN = 'sk-Ab9+xyz7q';
const SPELLED = Array.from(TOKEN);
const redactor = new SecretRedactor(new Map([['TOKEN', TOKEN]]));

function written(lines: readonly string[], by = redactor): string[] {
  const log: string[] = [];
  const lineRedactor = new LineRedactor<null>(by, (_line, text) => log.push(text));
  for (const line of lines) lineRedactor.write(null, line);
  lineRedactor.end();
  return log;
}

describe('LineRedactor', () => {
  it.each<[string, string[], string[]]>([
    ['within a line', [`a ${TOKEN} b`], ['a [redacted TOKEN] b']],
    ['in halves', ['a sk-Ab9', '+xyz7q b'], ['[redacted TOKEN] b']],
    ['a character a line', SPELLED, ['s', 'k', '-', '[redacted TOKEN]']],
    [
      'twice',
      [...SPELLED, ...SPELLED],
      ['s', 'k', '-', '[redacted TOKEN]', 's', 'k', '-', '[redacted TOKEN]'],
    ],
  ])('takes out a secret that is printed %s', (_how, lines, log) => {
    expect(written(lines)).toEqual(log);
  });

  it.each<[string[]]>([
    [['one', 'two', '', 'three']],
    [['it begins sk-Ab9', 'and goes on otherwise', 'to the end']],
    [['it ends sk-Ab9+xyz7']],
    [[...SPELLED.slice(0, 6), 'other']],
    [Array.from({ length: 10_000 }, () => '')],
  ])('leaves %j as it is, in its order', (lines) => {
    expect(written(lines)).toEqual(lines);
  });

  it('tells lines at once where nothing of a secret is in them', () => {
    const log: string[] = [];
    const lineRedactor = new LineRedactor<null>(redactor, (_line, text) => log.push(text));
    lineRedactor.write(null, 'as it happens');
    expect(log).toEqual(['as it happens']);
  });

  it('has nothing to do without secrets', () => {
    expect(written(SPELLED, new SecretRedactor(new Map()))).toEqual(SPELLED);
  });
});
