import type { JsonObject } from '../../../src/engine/core/json';
import { TypescriptScript } from '../../../src/components/typescript-script/typescript-script';
import { PATIENCE_MS } from '../../support/eventually';
import { openSandbox, sandboxTests } from '../../support/sandbox';
import { ComponentHarness } from './component-harness';

sandboxTests('typescript_script on Node', () => {
  let type: TypescriptScript;
  let harness: ComponentHarness;

  beforeAll(async () => {
    type = new TypescriptScript(await openSandbox());
  });
  beforeEach(() => {
    harness = new ComponentHarness(type);
  });
  afterAll(() => type.close());

  const node = (code: string): JsonObject => ({ code, runtime: 'node' });

  it('runs its own example', async () => {
    const config = { ...type.example, runtime: 'node', timeout_seconds: PATIENCE_MS / 1_000 };
    expect(await harness.run(config, { inputs: { a: 1, b: 2 } })).toEqual({ sum: 3 });
  });

  it('has Node’s modules, timers and files in /tmp', async () => {
    const code = `import { createHash } from 'node:crypto';
      import { readFile, writeFile } from 'node:fs/promises';
      import { setTimeout as sleep } from 'node:timers/promises';
      enum Algorithm { Sha = 'sha256' }
      export default async ({ text }: { text: string }) => {
        await sleep(1);
        await writeFile('/tmp/a', text);
        return createHash(Algorithm.Sha).update(await readFile('/tmp/a')).digest('hex').slice(0, 8);
      }`;
    expect(await harness.run(node(code), { inputs: { text: 'abc' } })).toBe('ba7816bf');
  });

  it('logs lines of the console while the script runs', async () => {
    const stop = new AbortController();
    const code = `export default async () => {
      console.log('begun'); console.error('careful');
      await new Promise((resolve) => setTimeout(resolve, 600_000));
    }`;
    const running = harness.run(node(code), { signal: stop.signal });
    expect(await harness.line('begun')).toMatchObject({ stream: 'stdout', level: 'info' });
    expect(await harness.line('careful')).toMatchObject({ stream: 'stderr', level: 'error' });
    stop.abort(new Error('seen enough'));
    await expect(running).rejects.toThrow('seen enough');
  });

  it.each([
    [
      'export default () => {\n  throw new RangeError("too far");\n}',
      'RangeError: too far (line 2, column 9)',
    ],
    [
      'enum A {\n  X,\n}\nexport default () => {\n  throw new Error("here");\n}',
      'Error: here (line 5, column 9)',
    ],
    [
      'export default () => { setTimeout(() => { throw new Error("later") }, 1); return new Promise(() => {}) }',
      'Error: later (line 1',
    ],
    ['export default () => new Promise(() => {})', 'nothing can settle'],
    ['export default 1', 'not a function'],
    ['export default () => () => 1', 'the result is a function'],
    ['import "left-pad"; export default () => 1', "Cannot find package 'left-pad'"],
    ['export default () => process.exit(9)', 'it ended with exit code 9'],
  ])('fails %j with SCRIPT_ERROR', async (code, message) => {
    await expect(harness.run(node(code))).rejects.toMatchObject({
      code: 'SCRIPT_ERROR',
      message: expect.stringContaining(message) as string,
    });
  });

  it('says that its heap is full', async () => {
    const code = 'export default () => { const a = []; for (;;) a.push({ n: a.length }) }';
    await expect(harness.run({ ...node(code), memory_mb: 128 })).rejects.toMatchObject({
      code: 'OUT_OF_MEMORY',
    });
  });

  it('finds syntax that is none when it is saved, and leaves imports alone', () => {
    const faults = (code: string) => type.checkConfig({ type: 'typescript_script', ...node(code) });
    expect(faults('export default (')).toHaveLength(1);
    expect(
      faults('import { readFile } from "node:fs/promises"; export default () => readFile("/tmp/x")'),
    ).toEqual([]);
  });
});
