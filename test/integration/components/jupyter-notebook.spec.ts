import type { JsonObject, JsonValue } from '../../../src/engine/core/json';
import { JupyterNotebook } from '../../../src/components/jupyter-notebook/jupyter-notebook';
import { PATIENCE_MS } from '../../support/eventually';
import { notebookTests, openSandbox } from '../../support/sandbox';
import { ComponentHarness } from './component-harness';

/** A pixel, as PNG in base64. */
const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

interface Output {
  readonly result: JsonValue;
  readonly notebook: {
    readonly cells: readonly {
      readonly source: string;
      readonly metadata: { readonly tags?: readonly string[] };
      readonly outputs?: readonly { readonly output_type: string; readonly data?: Record<string, string> }[];
    }[];
  };
}

notebookTests('jupyter_notebook', () => {
  let type: JupyterNotebook;
  let harness: ComponentHarness;

  beforeAll(async () => {
    type = new JupyterNotebook(await openSandbox());
    await type.prepare();
  });
  beforeEach(() => {
    harness = new ComponentHarness(type);
  });

  const notebook = (...sources: string[]): JsonObject => ({
    notebook: {
      nbformat: 4,
      nbformat_minor: 4,
      metadata: {},
      cells: sources.map((source) => ({
        cell_type: 'code',
        metadata: source.startsWith('# parameters') ? { tags: ['parameters'] } : {},
        source,
        outputs: [],
        execution_count: null,
      })),
    },
  });
  const run = async (config: JsonObject, inputs: JsonValue = {}) =>
    (await harness.run(config, { inputs })) as unknown as Output;

  it('is available, and runs its own example', async () => {
    expect(type.availability()).toEqual({ available: true, reason: null });
    const config = { ...type.example, timeout_seconds: PATIENCE_MS / 1_000 };
    expect((await run(config, { values: [4, 6] })).result).toEqual({ mean: 5 });
  });

  it('assigns the inputs after the cell tagged parameters, as papermill does', async () => {
    const config = notebook('# parameters\na = 1\nb = 2', 'result = [a, b]');
    const { result, notebook: executed } = await run(config, { b: { deep: [true, null, 'é', 'a\ud800'] } });
    expect(result).toEqual([1, { deep: [true, null, 'é', 'a\ud800'] }]);
    expect(executed.cells.map(({ metadata }) => metadata.tags ?? [])).toEqual([
      ['parameters'],
      ['injected-parameters'],
      [],
    ]);
  });

  it('keeps what cells showed, images as well', async () => {
    const config = notebook(
      'print("text")',
      `import base64\nfrom IPython.display import Image, display\ndisplay(Image(base64.b64decode("${PIXEL}")))`,
      '6 * 7',
    );
    const { result, notebook: executed } = await run(config);
    const outputs = executed.cells.map((cell) => cell.outputs?.[0]);
    expect(outputs.map((output) => output?.output_type)).toEqual([
      'stream',
      'display_data',
      'execute_result',
    ]);
    expect(outputs[1]?.data?.['image/png']?.trim()).toBe(PIXEL);
    expect(result).toBe(42);
  });

  it('gives null where the last value is none of JSON’s', async () => {
    expect((await run(notebook('object()'))).result).toBeNull();
  });

  it('logs what cells print while they run', async () => {
    const stop = new AbortController();
    const config = notebook('print("begun")\nimport time; time.sleep(600)');
    const running = harness.run(config, { signal: stop.signal });
    expect(await harness.line('begun')).toEqual({ stream: 'stdout', level: 'info', message: 'begun' });
    stop.abort(new Error('seen enough'));
    await expect(running).rejects.toThrow('seen enough');
  });

  it('fails with the error of a cell, and says which', async () => {
    await expect(run(notebook('x = 1', 'x / 0'))).rejects.toMatchObject({
      code: 'SCRIPT_ERROR',
      message: 'ZeroDivisionError: division by zero (cell 2)',
    });
  });

  it('has no network, and nothing of this machine', async () => {
    const { result } = await run(
      notebook(
        'import os, socket\ntry:\n    socket.create_connection(("127.0.0.1", 5432), 1)\n    reached = True\nexcept OSError:\n    reached = False',
        'result = {"reached": reached, "passwd": os.path.exists("/etc/passwd"), "uid": os.getuid() != 0}',
      ),
    );
    expect(result).toEqual({ reached: false, passwd: false, uid: true });
  });

  it('stops a kernel that takes too much memory', async () => {
    await expect(
      run({ ...notebook('held = []\nwhile True: held.append(bytearray(4_000_000))'), memory_mb: 256 }),
    ).rejects.toMatchObject({ code: 'OUT_OF_MEMORY' });
  });

  it.each([[['a']], [{ 'not a name': 1 }]])('refuses %j as inputs', async (inputs) => {
    await expect(run(notebook('1'), inputs)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });

  it('refuses a notebook for another language when it is saved', () => {
    const config = {
      type: 'jupyter_notebook',
      notebook: { nbformat: 4, cells: [], metadata: { kernelspec: { language: 'julia' } } },
    };
    expect(type.checkConfig(config).map(({ path }) => path)).toEqual([
      'notebook.metadata.kernelspec.language',
    ]);
  });
});
