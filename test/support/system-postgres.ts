import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Client } from 'pg';

import { eventually } from './eventually';
import { freePort } from './free-port';

/** Where Debian puts PostgreSQL: one folder a major version. */
const DEBIAN_FOLDER = '/usr/lib/postgresql';

/** The programs of the newest PostgreSQL of this machine, pg_dump among them; null when there is none. */
export const SYSTEM_POSTGRES = findPrograms();

/** A PostgreSQL of the machine's, with tools: one of those that users bring. Started for one test. */
export interface SystemPostgres {
  /** An empty database on it. */
  createDatabase(name: string): Promise<string>;
  dropDatabase(name: string): Promise<void>;
  /** Runs one of its tools, such as `pg_dump`, and gives its output. */
  run(tool: string, args: readonly string[]): string;
  stop(): Promise<void>;
}

export async function startSystemPostgres(): Promise<SystemPostgres> {
  if (SYSTEM_POSTGRES === null)
    throw new Error(`There is no PostgreSQL in ${DEBIAN_FOLDER}: install postgresql`);
  const programs = SYSTEM_POSTGRES;
  const folder = mkdtempSync(join(tmpdir(), 'system-postgres-'));
  const account = serverAccount();
  if (account !== null) chownSync(folder, account.uid, account.gid);
  const as = { cwd: folder, ...account };
  execFileSync(join(programs, 'initdb'), ['-D', `${folder}/data`, '-U', 'postgres', '-A', 'trust', '-N'], {
    ...as,
    stdio: 'ignore',
  });
  const port = await freePort();
  const server: ChildProcess = spawn(
    join(programs, 'postgres'),
    ['-D', `${folder}/data`, '-k', '', '-h', '127.0.0.1', '-p', String(port), '-c', 'fsync=off'],
    { ...as, stdio: 'ignore' },
  );
  const urlOf = (name: string): string => `postgresql://postgres@127.0.0.1:${port}/${name}`;
  const execute = async (statement: string): Promise<true> => {
    const client = new Client({ connectionString: urlOf('postgres') });
    await client.connect();
    await client.query(statement).finally(() => client.end());
    return true;
  };
  await eventually(() => execute('SELECT 1'));
  return {
    createDatabase: async (name) => {
      await execute(`CREATE DATABASE ${name}`);
      return urlOf(name);
    },
    dropDatabase: async (name) => {
      await execute(`DROP DATABASE ${name} WITH (FORCE)`);
    },
    run: (tool, args) => execFileSync(join(programs, tool), args, { encoding: 'utf8', maxBuffer: 2 ** 28 }),
    stop: async () => {
      const ended = once(server, 'exit');
      server.kill('SIGINT');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function findPrograms(): string | null {
  if (!existsSync(DEBIAN_FOLDER)) return null;
  const newest = readdirSync(DEBIAN_FOLDER).toSorted((one, other) => Number(other) - Number(one))[0];
  const programs = join(DEBIAN_FOLDER, newest ?? '', 'bin');
  return existsSync(join(programs, 'pg_dump')) && existsSync(join(programs, 'initdb')) ? programs : null;
}

/** PostgreSQL does not run as root; Debian's package makes the account. */
function serverAccount(): { readonly uid: number; readonly gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const idOf = (option: string): number =>
    Number(execFileSync('id', [option, 'postgres'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}
