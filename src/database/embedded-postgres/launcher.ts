import { execFile, type SpawnOptions } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A user of this machine. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** How to start a program: what `spawn` takes. */
export interface Launch {
  readonly file: string;
  readonly args: readonly string[];
  readonly options: SpawnOptions;
}

/** Starts PostgreSQL's programs as the right user; the server refuses to run as root. */
export interface Launcher {
  /** Null: as ourselves. */
  readonly account: Account | null;
  launch(program: string, args: readonly string[]): Launch;
}

/**
 * What PostgreSQL gets instead of our environment, whose secrets are none of its business. The path is for
 * `setpriv` and for the shell that initdb runs.
 */
const ENVIRONMENT = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };

/** In `/`, so that the server keeps no folder busy. */
const OPTIONS: SpawnOptions = { cwd: '/', env: ENVIRONMENT };

/** As the user that we are. */
export const asOurselves: Launcher = {
  account: null,
  launch: (program, args) => ({ file: program, args, options: OPTIONS }),
};

/** As another user; needs root. */
export function asAccount(account: Account): Launcher {
  const options = { ...OPTIONS, uid: account.uid, gid: account.gid };
  return { account, launch: (program, args) => ({ file: program, args, options }) };
}

/**
 * As another user that may also pass through and read folders closed to it (never write): for a data folder or an
 * installation below, say, /root. By `setpriv` of util-linux. The secure bit is needed because `access(2)`, by which
 * PostgreSQL checks its own binary, disregards the capabilities of ordinary users without it (capabilities(7),
 * SECBIT_NO_SETUID_FIXUP). The program that is executed has the one capability only.
 */
export function asAccountThatMayPass(account: Account): Launcher {
  const flags = [
    `--reuid=${account.uid}`,
    `--regid=${account.gid}`,
    '--clear-groups',
    '--inh-caps=+dac_read_search',
    '--ambient-caps=+dac_read_search',
    '--securebits=+no_setuid_fixup',
    '--no-new-privs',
    '--',
  ];
  return {
    account,
    launch: (program, args) => ({ file: 'setpriv', args: [...flags, program, ...args], options: OPTIONS }),
  };
}

/** Whether the launcher's user can execute `program` and enter `folders`: by doing it. */
export async function canReach(
  launcher: Launcher,
  program: string,
  folders: readonly string[],
): Promise<boolean> {
  const script = '"$0" --version && for folder; do cd "$folder" || exit 1; done';
  const { file, args, options } = launcher.launch('/bin/sh', ['-c', script, program, ...folders]);
  try {
    await run(file, args, { ...options, shell: false });
    return true;
  } catch {
    return false;
  }
}
