import type { JsonObject, JsonValue } from '../../../src/engine/core/json';
import { compileExpression } from '../../../src/engine/core/expression';
import { compileTemplate } from '../../../src/engine/core/template';
import { WORKFLOW_ROOTS } from '../../../src/engine/core/compile-expressions';
import { TypescriptScript } from '../../../src/components/typescript-script/typescript-script';
import { Sandbox } from '../../../src/security/sandbox/sandbox';
import { ScriptPool } from '../../../src/security/script-sandbox/script-pool';
import { ComponentHarness } from '../components/component-harness';

/** Backtracking engines take longer than the universe for these. */
const BOMBS = ['(a+)+$', '(a|aa)+$', '(a*)*b', '^(([a-z])+.)+[A-Z]([a-z])+$'];
const FUSE = `${'a'.repeat(60)}!`;

describe('attacks by scripts in QuickJS', () => {
  const type = new TypescriptScript(new Sandbox({ allowUnsandboxed: false, hidden: [] }), new ScriptPool(2));
  const harness = new ComponentHarness(type);

  afterEach(async () => {
    expect(await run('return [].concat(1).map((n) => n + 1)')).toEqual([2]);
  });
  afterAll(() => type.close());

  const run = (body: string, inputs: JsonValue = {}) =>
    harness.run({ code: `export default async (inputs) => { ${body} }` }, { inputs });

  it.each([
    [
      'the constructor of a function',
      'return (() => {}).constructor("return typeof process + typeof require")()',
    ],
    ['the constructor of the console', 'return console.log.constructor("return typeof process")()'],
    ['an async constructor', 'return await (async () => {}).constructor("return typeof process")()'],
    [
      'a generator constructor',
      'return (function* () {}).constructor("yield typeof process")().next().value',
    ],
    ['the constructor of the inputs', 'return inputs.constructor.constructor("return typeof process")()'],
    ['an indirect eval', 'return (0, eval)("typeof process")'],
    [
      'the stack of an error',
      'Error.prepareStackTrace = (_e, frames) => frames; return typeof new Error().stack?.[0]?.getThis',
    ],
    ['this of a sloppy function', 'return typeof new Function("return this.process")()'],
  ])('nothing of Node is reached by %s', async (_way, body) => {
    expect(await run(body)).toMatch(/^(undefined)+$/);
  });

  it('a module of Node is not imported', async () => {
    await expect(run('return (await import("node:fs")).readFileSync("/etc/passwd")')).rejects.toMatchObject({
      code: 'SCRIPT_ERROR',
    });
  });

  it('prototypes that are changed do not outlive the script', async () => {
    await run(
      'Array.prototype.map = () => "owned"; Object.prototype.polluted = 1; JSON.parse = () => "owned"; return 1',
    );
    expect(await run('return [typeof {}.polluted, [1].map(String), JSON.parse("2")]')).toEqual([
      'undefined',
      ['1'],
      2,
    ]);
  });

  it('a result cannot change the prototypes of this process', async () => {
    const result = await run(
      'return JSON.parse(`{"__proto__": {"polluted": 1}, "constructor": {"prototype": 1}}`)',
    );
    expect(JSON.stringify(result)).toContain('__proto__');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('inputs with the names of prototypes are data', async () => {
    const inputs = JSON.parse('{"__proto__": {"polluted": 1}}') as JsonValue;
    expect(await run('return [Object.keys(inputs), typeof {}.polluted]', inputs)).toEqual([
      ['__proto__'],
      'undefined',
    ]);
  });

  it.each(BOMBS)('the pattern %s ends with the script’s time', async (pattern) => {
    const body = `return new RegExp(inputs.pattern).test(inputs.text)`;
    const running = harness.run(
      { code: `export default (inputs) => { ${body} }`, timeout_seconds: 0.5 },
      { inputs: { pattern, text: FUSE } },
    );
    await running.then(
      (found) => {
        expect(typeof found).toBe('boolean');
      },
      (error: unknown) => {
        expect(error).toMatchObject({ code: 'TIMEOUT' });
      },
    );
  });

  it('an endless loop, an endless promise and a memory bomb end, each with its code', async () => {
    const limited = (body: string, limits: JsonObject) =>
      harness.run({ code: `export default () => { ${body} }`, ...limits });
    await expect(limited('for (;;);', { timeout_seconds: 0.5 })).rejects.toMatchObject({ code: 'TIMEOUT' });
    await expect(
      limited('const again = async () => { for (;;) await null; }; return again()', { timeout_seconds: 0.5 }),
    ).rejects.toMatchObject({ code: 'TIMEOUT' });
    await expect(limited('const a = []; for (;;) a.push({})', { memory_mb: 32 })).rejects.toMatchObject({
      code: 'OUT_OF_MEMORY',
    });
  });
});

/** Each of these would not come back where patterns backtrack. */
describe('attacks by patterns', () => {
  it.each(BOMBS)('an expression with %s gives its answer', (pattern) => {
    const compiled = compileExpression(`params.text.matches(params.pattern)`, WORKFLOW_ROOTS);
    if (!compiled.ok) throw new Error(compiled.error.message);
    expect(compiled.value.evaluate({ params: { text: FUSE, pattern } }).ok).toBe(true);
  });

  it.each(BOMBS)('a template with %s gives its text, in a workflow and in a configuration', (pattern) => {
    for (const root of ['params', 'inputs']) {
      const found = `${root}.text.matches(${JSON.stringify(pattern)})`;
      const compiled = compileTemplate({ text: `is it? \${{ ${found} }}` }, [root], { allowSecrets: true });
      if (!compiled.ok) throw new Error(compiled.error[0]?.message);
      const rendered = compiled.value.render({ [root]: { text: FUSE } });
      expect(rendered).toEqual({
        ok: true,
        value: { text: expect.stringMatching(/^is it\? (true|false)$/) as string },
      });
    }
  });

  it('a pattern that repeats itself into size is refused', () => {
    const compiled = compileExpression('params.text.matches(params.pattern)', WORKFLOW_ROOTS);
    if (!compiled.ok) throw new Error(compiled.error.message);
    const result = compiled.value.evaluate({
      params: { text: 'a'.repeat(10_000), pattern: '((a{1,100}){1,100}){1,100}' },
    });
    expect(result.ok).toBe(false);
  });
});
