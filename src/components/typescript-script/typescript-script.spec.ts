import { AppError } from '../../common/errors/app-error';
import type { JsonObject, JsonValue } from '../../engine/core/json';
import { Sandbox } from '../../security/sandbox/sandbox';
import { ScriptPool } from '../../security/script-sandbox/script-pool';
import { TypescriptScript } from './typescript-script';
import { stepContext } from '../../../test/support/step-context';

describe('TypescriptScript', () => {
  const type = new TypescriptScript(new Sandbox({ allowUnsandboxed: false, hidden: [] }), new ScriptPool(1));
  const lines: string[] = [];

  beforeAll(() => type.prepare());
  beforeEach(() => lines.splice(0));
  afterAll(() => type.close());

  function run(
    config: JsonObject,
    inputs: JsonValue = {},
    signal = new AbortController().signal,
  ): Promise<JsonValue> {
    return type.run(
      {
        config: { type: 'typescript_script', ...config },
        versionId: 'v',
        tool: null,
        inputs,
        idempotencyKey: 'r:s',
        attempt: 1,
        timeoutMs: 120_000,
      },
      stepContext({
        signal,
        log: (stream, level, message) => lines.push(`${stream} ${level} ${message}`),
      }),
    );
  }

  const faults = (code: string) => type.checkConfig({ type: 'typescript_script', code });

  it('runs its own example', async () => {
    expect(type.checkConfig(type.example)).toEqual([]);
    expect(await run({ ...type.example, timeout_seconds: 120 }, { a: 1, b: 2 })).toEqual({ sum: 3 });
  });

  it('runs enums and parameter properties', async () => {
    const code = `enum Unit { Cm = 'cm' }
      class Size { constructor(readonly n: number, private unit: Unit) {} text() { return this.n + this.unit } }
      export default async (i: { n: number }) => new Size(i.n, Unit.Cm).text()`;
    expect(await run({ code }, { n: 4 })).toBe('4cm');
  });

  it('gives inputs over as values, not as code', async () => {
    const text = '"); throw new Error("broken out"); ("';
    expect(await run({ code: 'export default (i) => i' }, { text, __proto__x: [null] })).toEqual({
      text,
      __proto__x: [null],
    });
  });

  it('names the error, its message and its line', async () => {
    const code = 'interface A { a: string }\n\nexport default (i: A) => {\n  return i.b.c;\n}';
    await expect(run({ code })).rejects.toMatchObject({
      code: 'SCRIPT_ERROR',
      message: expect.stringMatching(/^TypeError: .*\(line 4, column \d+\)$/) as string,
    });
  });

  it('names the line in the TypeScript when it had to be transformed', async () => {
    const code = 'enum A {\n  X,\n}\n\nexport default () => {\n  throw new Error("here");\n}';
    await expect(run({ code })).rejects.toMatchObject({
      message: expect.stringMatching(/^Error: here \(line 6, /) as string,
    });
  });

  it.each([
    ['export default () => new Promise(() => {})', 'SCRIPT_ERROR', 'nothing can settle'],
    ['export default 1', 'SCRIPT_ERROR', 'not a function'],
    ['export default () => { const a = []; for (;;) a.push({}) }', 'OUT_OF_MEMORY', 'memory_mb (24)'],
    ['export default () => "x".repeat(5e6)', 'OUTPUT_TOO_LARGE', '4194304 bytes'],
  ])('fails %s with %s', async (code, failure, message) => {
    await expect(run({ code, memory_mb: message.includes('24') ? 24 : 64 })).rejects.toMatchObject({
      code: failure,
      message: expect.stringContaining(message) as string,
    });
  });

  it('fails an endless loop with TIMEOUT at its own limit', async () => {
    await expect(
      run({ code: 'export default () => { for (;;); }', timeout_seconds: 0.05 }),
    ).rejects.toMatchObject({
      code: 'TIMEOUT',
    });
  });

  it('rejects with the signal’s reason when cancelled', async () => {
    const reason = new AppError('CANCELLED', 'cancelled');
    await expect(run({ code: 'export default () => 1' }, {}, AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  it('passes console lines on', async () => {
    await run({ code: 'export default () => { console.info("one"); console.error("two") }' });
    expect(lines).toEqual(['stdout info one', 'stderr error two']);
  });

  it.each([
    ['export default (', 'line 1'],
    ['export default (i) => {\n  let a = 1;\n  let a = 2;\n}', 'line 3'],
    ['export default 1;\nexport default 2;', 'line 2'],
    ['import { readFileSync } from "node:fs";\nexport default () => readFileSync', 'cannot import'],
    ['const main = (i) => i', 'has no default export'],
    ['enum A { X }\nexport default () => { const b = A.X; const b = 2 }', 'line 2'],
  ])('finds the fault in %j when it is saved', (code, message) => {
    expect(faults(code)).toEqual([{ path: 'code', message: expect.stringContaining(message) as string }]);
  });

  it.each([
    'export default async ({ a }: { a: number }) => a satisfies number',
    'const f = (i: unknown) => i; export { f as default }',
    'export default function main<T>(i: T): T { return i }',
    'const x = await Promise.resolve(1); export default () => x',
  ])('takes %j', (code) => {
    expect(faults(code)).toEqual([]);
  });

  it('does not fall over nesting that overflows the compiler', () => {
    expect(faults(`export default () => ${'('.repeat(20_000)}1${')'.repeat(20_000)}`)).toHaveLength(1);
  });
});
