import type { JsonObject } from '../../../src/engine/core/json';
import { PythonScript } from '../../../src/components/python-script/python-script';
import { PATIENCE_MS } from '../../support/eventually';
import { openSandbox, sandboxTests } from '../../support/sandbox';
import { ComponentHarness } from './component-harness';

sandboxTests('python_script', () => {
  let type: PythonScript;
  let harness: ComponentHarness;

  beforeAll(async () => {
    type = new PythonScript(await openSandbox());
    await type.prepare();
  });
  beforeEach(() => {
    harness = new ComponentHarness(type);
  });

  const main = (...body: string[]): JsonObject => ({
    code: `def main(inputs):\n${body.map((line) => `    ${line}\n`).join('')}`,
  });

  it('is available, and runs its own example', async () => {
    expect(type.availability()).toEqual({ available: true, reason: null });
    const config = { ...type.example, timeout_seconds: PATIENCE_MS / 1_000 };
    expect(await harness.run(config, { inputs: { a: 1, b: 2 } })).toEqual({ sum: 3 });
  });

  it('gives inputs over as values and takes any JSON back', async () => {
    const inputs = { text: 'é "quoted" \n${{ not.looked.at }}', list: [null, true, 1.5, {}] };
    expect(await harness.run(main('return inputs'), { inputs })).toEqual(inputs);
  });

  it('takes back a text whose surrogates have no partner', async () => {
    const inputs = { text: 'a\ud800b', pair: '\u{1f600}' };
    expect(await harness.run(main('return inputs'), { inputs })).toEqual(inputs);
  });

  it('takes a result of nothing as null', async () => {
    expect(await harness.run(main('pass'))).toBeNull();
  });

  it('logs what is printed while the script runs, by its stream', async () => {
    const waiting = new AbortController();
    const running = harness.run(
      main('import sys, time', 'print("first")', 'print("wrong", file=sys.stderr)', 'time.sleep(600)'),
      { signal: waiting.signal },
    );
    expect(await harness.line('first')).toEqual({ stream: 'stdout', level: 'info', message: 'first' });
    expect(await harness.line('wrong')).toEqual({ stream: 'stderr', level: 'error', message: 'wrong' });
    waiting.abort(new Error('seen enough'));
    await expect(running).rejects.toThrow('seen enough');
  });

  it('does not take a printed line for the result', async () => {
    const forged = JSON.stringify({ value: 'forged' });
    expect(await harness.run(main(`print(${JSON.stringify(forged)})`, 'return "real"'))).toBe('real');
  });

  it.each([
    ['raise ValueError("no such order")', 'SCRIPT_ERROR', 'ValueError: no such order (line 2)'],
    ['return {1, 2}', 'SCRIPT_ERROR', 'TypeError: Object of type set is not JSON serializable'],
    ['return float("nan")', 'SCRIPT_ERROR', 'ValueError: Out of range float values are not JSON compliant'],
    ['import sys; sys.exit(3)', 'SCRIPT_ERROR', 'SystemExit: 3'],
    ['import os; os._exit(7)', 'SCRIPT_ERROR', 'it ended with exit code 7'],
    ['return "x" * 5_000_000', 'OUTPUT_TOO_LARGE', '4194304 bytes'],
  ])('fails %j with %s', async (line, code, message) => {
    await expect(harness.run(main(line))).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message) as string,
    });
  });

  it('names the line of a syntax error', async () => {
    await expect(harness.run({ code: 'def main(inputs):\n    return (\n' })).rejects.toMatchObject({
      code: 'SCRIPT_ERROR',
      message: expect.stringMatching(/^SyntaxError: .*\(line \d\)$/) as string,
    });
  });

  it('ends at its own time limit', async () => {
    await expect(harness.run({ ...main('while True: pass'), timeout_seconds: 0.3 })).rejects.toMatchObject({
      code: 'TIMEOUT',
    });
  });

  it('ends when threads of it do not', async () => {
    expect(
      await harness.run(
        main(
          'import threading, time',
          'threading.Thread(target=time.sleep, args=(600,)).start()',
          'return 1',
        ),
      ),
    ).toBe(1);
  });

  it('refuses a script without main when it is saved', () => {
    expect(type.checkConfig({ type: 'python_script', code: 'x = 1' })).toEqual([
      { path: 'code', message: expect.stringContaining('def main') as string },
    ]);
  });
});
