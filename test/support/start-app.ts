import { type ChildProcess, spawn } from 'node:child_process';

import { MAIN, refuseStaleBuild } from './ensure-built';
import { eventually } from './eventually';
import { createDatabase, dropDatabase } from './test-database';

/** Tests send more requests than one address is granted; those of the limits set their own. */
const UNLIMITED = { RATE_LIMIT_PER_MINUTE: '1000000', RATE_LIMIT_AUTH_FAILURES_PER_MINUTE: '1000000' };
/** The same for all processes of a test: those that share a database must share it. */
export const TEST_ENCRYPTION_KEY = Buffer.alloc(32, 7).toString('base64');

export interface StartAppOptions {
  /**
   * Over the environment of a test: a free port, JSON logs, no limits of requests. Without DATABASE_URL and DATA_DIR the program gets a fresh
   * database on the server of the run; with DATA_DIR alone it starts its embedded one.
   */
  readonly env?: Readonly<Record<string, string>>;
  /** Another program than the one that is built here, such as an earlier release. */
  readonly program?: string;
  /** The user to run as; needs root. */
  readonly uid?: number;
}

/** One line of the program's log. */
export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** How a process ended. */
export interface AppExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The built program, running as a process of its own. */
export interface RunningApp {
  readonly baseUrl: string;
  readonly pid: number;
  /** Everything logged so far. */
  readonly logs: readonly LogLine[];
  /** What was written that is no log line, such as a refusal to start. */
  readonly output: string;
  /** Resolves when the process has ended, however it ends. */
  readonly exited: Promise<AppExit>;
  signal(signal: NodeJS.Signals): void;
  /** Asks it to stop, waits until it has, and drops the database that was made for it. */
  stop(): Promise<AppExit>;
  /** Kills it as a power failure would, and waits until it is gone. Its database stays. */
  kill9(): Promise<void>;
}

/** Starts the program and waits until it accepts requests. */
export async function startApp(options: StartAppOptions = {}): Promise<RunningApp> {
  const app = await spawnApp(options);
  let hasExited = false;
  void app.exited.then(() => {
    hasExited = true;
  });
  await eventually(() => app.baseUrl !== '' || hasExited).catch(() => undefined);
  if (app.baseUrl === '') {
    await app.stop();
    throw new Error(`The program did not start:\n${app.output}${app.logs.map(({ msg }) => msg).join('\n')}`);
  }
  return app;
}

/** Starts the program without waiting: for starts that fail. */
export async function spawnApp({ env = {}, uid, program = MAIN }: StartAppOptions = {}): Promise<RunningApp> {
  refuseStaleBuild();
  const ownDatabase = 'DATABASE_URL' in env || 'DATA_DIR' in env ? null : await createDatabase();
  const child = spawn(process.execPath, ['--enable-source-maps', program], {
    env: {
      PATH: process.env['PATH'],
      PORT: '0',
      LOG_FORMAT: 'json',
      ...UNLIMITED,
      // A test that had no processor time for a while still finds its kept connections open.
      KEEP_ALIVE_SECONDS: '600',
      ...(ownDatabase !== null && { DATABASE_URL: ownDatabase }),
      // The embedded mode makes its own.
      ...((ownDatabase !== null || 'DATABASE_URL' in env) && { ENCRYPTION_KEY: TEST_ENCRYPTION_KEY }),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(uid !== undefined && { uid, gid: uid }),
  });
  return observe(child, async () => {
    if (ownDatabase !== null) await dropDatabase(ownDatabase);
  });
}

function observe(child: ChildProcess, cleanUp: () => Promise<void>): RunningApp {
  const logs: LogLine[] = [];
  const state = { baseUrl: '', output: '' };
  const exited = new Promise<AppExit>((resolve) => {
    child.once('close', (code, signal) => {
      resolve({ code, signal });
    });
  });
  readLines(child.stdout, (line) => {
    const parsed = parseLogLine(line);
    if (parsed === null) state.output += `${line}\n`;
    else logs.push(parsed);
    if (parsed?.msg.startsWith('Listening on ') === true) state.baseUrl = String(parsed['url']);
  });
  readLines(child.stderr, (line) => {
    state.output += `${line}\n`;
  });
  return {
    get baseUrl() {
      return state.baseUrl;
    },
    get output() {
      return state.output;
    },
    pid: child.pid ?? 0,
    logs,
    exited,
    signal: (signal) => {
      child.kill(signal);
    },
    stop: async () => {
      child.kill('SIGTERM');
      const exit = await exited;
      await cleanUp();
      return exit;
    },
    kill9: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

function readLines(stream: NodeJS.ReadableStream | null, onLine: (line: string) => void): void {
  let rest = '';
  stream?.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    lines.forEach(onLine);
  });
}

function parseLogLine(line: string): LogLine | null {
  try {
    const parsed = JSON.parse(line) as LogLine | null;
    return typeof parsed?.msg === 'string' ? parsed : null;
  } catch {
    return null;
  }
}
