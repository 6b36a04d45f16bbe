import type { ProcessGroup } from './process-group';
import type { SandboxedCommand } from './sandboxed-command';

/** Far more than a start takes (10 ms), also on a machine that is busy booting. */
const PATIENCE_MS = 15_000;
/** Of what bubblewrap complains, in bytes. */
const MAX_COMPLAINT = 300;

/** Seccomp mode 2 is a filter (proc_pid_status(5)); the capabilities of whoever asks. */
const EXPECTED = ['Seccomp:\t2', 'NoNewPrivs:\t1', 'CapEff:\t0000000000000000'];

const QUESTION: SandboxedCommand = {
  command: '/bin/cat',
  args: ['/proc/self/status'],
  env: {},
  limits: { memoryMb: 64, tmpMb: 1, processes: 8, cpuSeconds: 5 },
  network: false,
  readPaths: [],
  writePaths: [],
};

/**
 * Starts a sandbox and looks, from inside, whether its walls stand.
 * @returns why there is none, or null
 */
export async function probeSandbox(
  start: (command: SandboxedCommand) => ProcessGroup,
): Promise<string | null> {
  try {
    const group = start(QUESTION);
    const timer = setTimeout(
      () => void group.kill(`it did not start within ${PATIENCE_MS / 1000} s`),
      PATIENCE_MS,
    );
    const [answer, complaint, how] = await Promise.all([
      textOf(group.child.stdout),
      textOf(group.child.stderr),
      group.ended,
    ]);
    clearTimeout(timer);
    if (answer === '') return `bubblewrap cannot start one here: ${complaint.slice(0, MAX_COMPLAINT) || how}`;
    const missing = EXPECTED.find((line) => !answer.includes(`${line}\n`));
    return missing === undefined ? null : `what was started was not closed off (expected ${missing})`;
  } catch (error) {
    return `bubblewrap cannot be started: ${(error as Error).message}`;
  }
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text.trim() === '' ? '' : text;
}
