import type { LogLevel, LogStream } from '../../engine/ports';
import { ScriptPool } from './script-pool';
import type { ScriptJob, ScriptLimits } from './script-protocol';

describe('ScriptPool', () => {
  const pool = new ScriptPool(1);
  const lines: { stream: LogStream; level: LogLevel; message: string }[] = [];
  const limits: ScriptLimits = {
    memoryMb: 64,
    timeoutMs: 120_000,
    maxOutputBytes: 1_000_000,
    maxLogLines: 50,
    maxLogBytes: 10_000,
    maxLogLineChars: 200,
  };

  function job(code: string, inputs: unknown = {}, changed: Partial<ScriptLimits> = {}): ScriptJob {
    return { code, inputs: JSON.stringify(inputs), limits: { ...limits, ...changed } };
  }

  function context(signal: AbortSignal = new AbortController().signal) {
    return {
      signal,
      log: (stream: LogStream, level: LogLevel, message: string) => {
        lines.push({ stream, level, message });
      },
    };
  }

  const run = (code: string, inputs?: unknown, changed?: Partial<ScriptLimits>) =>
    pool.run(job(code, inputs, changed), context());

  beforeEach(() => lines.splice(0));
  afterAll(() => pool.close());

  it.each([
    ['export default (i) => i.a + i.b', { a: 1, b: 2 }, '3'],
    ['export default async (i) => ({ n: await Promise.resolve(i.n) })', { n: 7 }, '{"n":7}'],
    ['const base = await 40; export default () => base + 2', {}, '42'],
    ['export default () => {}', {}, 'null'],
    ['export default () => NaN', {}, 'null'],
    ['export default (i) => i.text', { text: 'ü€😀\u2028' }, JSON.stringify('ü€😀\u2028')],
    ['function main() { return [1] } export { main as default }', {}, '[1]'],
  ])('runs %s', async (code, inputs, json) => {
    expect(await run(code, inputs)).toEqual({ ok: true, json });
  });

  it.each([
    ['export default () => { throw new RangeError("too far") }', 'threw', 'RangeError: too far'],
    ['export default () => { throw "plain" }', 'threw', 'plain'],
    ['throw new Error("at load"); export default 1', 'threw', 'Error: at load'],
    ['export default async () => { await 1; throw new Error("later") }', 'threw', 'Error: later'],
    ['export default () => () => 1', 'threw', 'TypeError: the result is a function, which JSON cannot carry'],
    ['export default () => 1n', 'threw', 'TypeError: Do not know how to serialize a BigInt'],
    ['export default () => { const a = {}; a.a = a; return a }', 'threw', 'TypeError: circular reference'],
    ['export default () => new Promise(() => {})', 'never_settles', ''],
    ['await new Promise(() => {}); export default 1', 'never_settles', ''],
    ['export const x = 1', 'no_default_export', ''],
    ['export default 5', 'no_default_export', ''],
    ['const f = (n) => 1 + f(n + 1); export default () => f(0)', 'threw', 'InternalError: stack overflow'],
    [
      'import fs from "node:fs"; export default () => fs',
      'threw',
      "ReferenceError: could not load module 'node:fs'",
    ],
  ])('tells how %s fails', async (code, failure, message) => {
    expect(await run(code)).toMatchObject({ ok: false, failure, message });
  });

  it('gives the position of an error in the code', async () => {
    const outcome = await run(
      'const check = () => {\n  throw new Error("no")\n}\nexport default () => check()',
    );
    expect(outcome).toMatchObject({ stack: expect.stringContaining('script.ts:2:') as string });
  });

  it.each(['process', 'require', 'fetch', 'setTimeout', 'WebAssembly', 'Buffer', 'emit'])(
    'has no %s',
    async (name) => {
      expect(await run(`export default () => typeof ${name}`)).toEqual({ ok: true, json: '"undefined"' });
    },
  );

  it('starts every run afresh', async () => {
    await run('globalThis.leak = 1; Array.prototype.map = () => "owned"; export default () => 1');
    expect(await run('export default () => [typeof leak, [1].map((x) => x + 1)]')).toEqual({
      ok: true,
      json: '["undefined",[2]]',
    });
  });

  it('cannot be reached through a constructor chain', async () => {
    const escape = 'console.log.constructor.constructor("return typeof process")()';
    expect(await run(`export default () => ${escape}`)).toEqual({ ok: true, json: '"undefined"' });
  });

  it.each([
    ['small arrays', 'const a = []; for (;;) a.push(new Array(1000).fill(1))'],
    ['objects', 'const a = []; for (;;) a.push({})'],
    ['buffers', 'const a = []; for (;;) a.push(new Uint8Array(1e6))'],
    ['one buffer', 'new Uint8Array(1e9)'],
    ['objects in a promise job', 'return (async () => { await 1; const a = []; for (;;) a.push({}) })()'],
  ])('stops a script that fills the memory with %s, and goes on afterwards', async (_what, code) => {
    expect(await run(`export default () => { ${code} }`, {}, { memoryMb: 32 })).toMatchObject({
      ok: false,
      failure: 'out_of_memory',
    });
    expect(await run('export default () => 1')).toEqual({ ok: true, json: '1' });
  });

  it.each([
    ['a loop', 'for (;;);'],
    ['a promise loop', 'const again = () => Promise.resolve().then(again); return again()'],
    ['a slow pattern', 'return /(a*)*b/.test("a".repeat(40))'],
    ['a loop that catches', 'for (;;) { try { for (;;); } catch {} }'],
  ])('stops %s at the time limit', async (_what, code) => {
    expect(await run(`export default () => { ${code} }`, {}, { timeoutMs: 50 })).toMatchObject({
      ok: false,
      failure: 'timed_out',
    });
  });

  it('terminates a busy script when the signal fires, and goes on afterwards', async () => {
    const controller = new AbortController();
    const reason = new Error('cancelled');
    const running = pool.run(job('console.log("up"); export default () => { for (;;); }'), {
      signal: controller.signal,
      log: () => {
        controller.abort(reason);
      },
    });
    await expect(running).rejects.toBe(reason);
    expect(await run('export default () => 2')).toEqual({ ok: true, json: '2' });
  });

  it('stops waiting for a thread when the signal fires', async () => {
    const blocker = new AbortController();
    const controller = new AbortController();
    const busy = pool.run(job('export default () => { for (;;); }'), context(blocker.signal));
    const waits = pool.run(job('export default () => 1'), context(controller.signal));
    controller.abort(new Error('no longer wanted'));
    await expect(waits).rejects.toThrow('no longer wanted');
    blocker.abort(new Error('enough'));
    await expect(busy).rejects.toThrow('enough');
  });

  it('survives nesting that overflows the thread’s own stack', async () => {
    await run('export default () => { let a = []; for (let i = 0; i < 5e4; i++) a = [a]; return a }');
    await run('export default () => eval("(".repeat(1e5))');
    expect(await run('export default () => 3')).toEqual({ ok: true, json: '3' });
  });

  it('gives a result that needed more memory than the interpreter began with', async () => {
    for (const code of [
      'export default () => "x".repeat(9e5).length + new Uint8Array(3e7).length',
      'export default async () => { await 1; return new Uint8Array(3e7).length }',
      'export default () => JSON.stringify("x".repeat(9e6)).slice(0, 3)',
    ]) {
      expect(await run(code)).toMatchObject({ ok: true });
    }
  });

  it('refuses an output over the limit instead of cutting it', async () => {
    expect(await run('export default () => "x".repeat(2000)', {}, { maxOutputBytes: 1000 })).toMatchObject({
      ok: false,
      failure: 'output_too_large',
    });
    expect(await run('export default () => "€".repeat(400)', {}, { maxOutputBytes: 1000 })).toMatchObject({
      ok: false,
      failure: 'output_too_large',
    });
  });

  it('writes console lines with their level and stream', async () => {
    await run(
      'console.log("a", { b: 1 }, [2]); console.warn(new Error("w")); console.debug(1n); export default () => 1',
    );
    expect(lines).toEqual([
      { stream: 'stdout', level: 'info', message: 'a {"b":1} [2]' },
      { stream: 'stderr', level: 'warn', message: 'Error: w' },
      { stream: 'stdout', level: 'debug', message: '1' },
    ]);
  });

  it('writes all of a log line that holds a NUL, and text for half a surrogate pair', async () => {
    await run(String.raw`console.log("a\0b", "c\ud800d"); export default () => 1`);
    expect(lines.map(({ message }) => message)).toEqual(['a\0b c\ufffdd']);
  });

  it('writes a log line while the script still runs', async () => {
    const seen = Promise.withResolvers<undefined>();
    const controller = new AbortController();
    const running = pool.run(job('export default () => { console.log("now"); for (;;); }'), {
      signal: controller.signal,
      log: () => {
        seen.resolve(undefined);
      },
    });
    await seen.promise;
    controller.abort(new Error('seen'));
    await expect(running).rejects.toThrow('seen');
  });

  it('bounds the log by lines and says so once', async () => {
    await run('export default () => { for (let i = 0; i < 1000; i++) console.log(i) }');
    expect(lines).toHaveLength(51);
    expect(lines.at(-1)).toMatchObject({
      stream: 'system',
      message: expect.stringContaining('left out') as string,
    });
  });

  it('shortens a long line and says by how much', async () => {
    await run('console.log("y".repeat(300)); export default () => 1');
    expect(lines[0]?.message).toBe(`${'y'.repeat(200)}… (100 more characters left out)`);
  });

  it('refuses runs after it was closed', async () => {
    const other = new ScriptPool(1);
    await other.close();
    await expect(other.run(job('export default () => 1'), context())).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
  });
});
