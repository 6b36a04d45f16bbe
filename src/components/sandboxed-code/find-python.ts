import type { Availability, Sandbox } from '../../security/sandbox/sandbox';

/** The system's Python: one of the user's own (pyenv, conda) is not seen from inside of the sandbox. */
export const PYTHON = '/usr/bin/python3';

const LIMITS = { memoryMb: 128, tmpMb: 1, processes: 8, cpuSeconds: 10 };
const PATIENCE_MS = 20_000;

/** Says which of the packages are missing, one a line; the packages come as its arguments. */
const QUESTION = `
import importlib.util, sys
print("\\n".join(name for name in sys.argv[1:] if importlib.util.find_spec(name) is None))
`;

/**
 * Whether there is a Python with these packages where code runs: asked there, by starting it.
 * @param packages modules by the name of their import
 */
export async function findPython(sandbox: Sandbox, packages: readonly string[]): Promise<Availability> {
  await sandbox.probe();
  if (!sandbox.code.available) return sandbox.code;
  const group = sandbox.start({
    command: PYTHON,
    args: ['-I', '-c', QUESTION, ...packages],
    env: {},
    limits: LIMITS,
    network: false,
    readPaths: [],
    writePaths: [],
  });
  let answer = '';
  group.child.stdout.on('data', (chunk: Buffer) => (answer += chunk.toString()));
  group.child.stderr.resume();
  group.child.stdin.end();
  const timer = setTimeout(() => void group.kill(), PATIENCE_MS);
  const how = await group.ended.catch((error: unknown) => (error as Error).message);
  clearTimeout(timer);
  if (answer === '') return { available: false, reason: `${PYTHON} cannot be started: ${how}` };
  const missing = answer.split('\n').filter((name) => name !== '');
  if (missing.length === 0) return { available: true, reason: null };
  return { available: false, reason: `${PYTHON} lacks the packages ${missing.join(', ')}` };
}
