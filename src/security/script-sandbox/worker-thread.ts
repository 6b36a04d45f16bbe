import { extname, join } from 'node:path';
import { Worker } from 'node:worker_threads';

/**
 * Starts a thread of the sandbox that sees nothing of this process and does not keep it alive.
 * @param name the file in this folder without its extension: `.js` in dist, `.ts` in the sources
 */
export function startThread(name: 'script-worker' | 'script-compiler-worker'): Worker {
  const worker = new Worker(join(__dirname, `${name}${extname(__filename)}`), {
    name,
    // Nothing of the process may be seen from inside, should a script ever get out of QuickJS.
    env: {},
    argv: [],
    // stripTypeScriptTypes is marked experimental and says so once a thread.
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdout: true,
    stderr: true,
    // The V8 side holds only texts that go in and out; QuickJS' memory is outside of it. The stack is large
    // because the parsers' and QuickJS' recursion uses it (see STACK_BYTES in script-worker.ts).
    resourceLimits: { maxOldGenerationSizeMb: 128, stackSizeMb: 16 },
  });
  worker.stdout.resume();
  worker.stderr.resume();
  worker.unref();
  return worker;
}
