import { execFile } from 'node:child_process';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const GUARD = join(__dirname, '../../../dist/src/security/egress/egress-guard.js');

/** What came of requests to names whose address changes after the first answer. */
export interface Rebinding {
  /** The bodies, or the codes of the errors, of each name's requests in their order. */
  readonly outcomes: Readonly<Record<'honest' | 'rebound' | 'redirected', readonly string[]>>;
  /** How often the name server was asked for the address of a name. */
  readonly asked: Readonly<Record<string, number>>;
  /** Requests that the server on the loopback has heard. */
  readonly visits: number;
}

/** Lets the built egress guard ask a lying name server through the system's resolver: see `rebinding-world.mjs`. */
export async function rebind(): Promise<Rebinding> {
  const folder = await mkdtemp(join(tmpdir(), 'rebinding-'));
  try {
    // The longest that the resolver waits: the name server is in the same process, which may be slow.
    await writeFile(join(folder, 'resolv.conf'), 'nameserver 127.0.0.1\noptions attempts:1 timeout:30\n');
    await writeFile(join(folder, 'nsswitch.conf'), 'hosts: files dns\n');
    const bind = async (name: string) => ['--ro-bind', join(folder, name), await realpath(`/etc/${name}`)];
    const isolated = [
      '--ro-bind',
      '/',
      '/',
      '--dev',
      '/dev',
      '--proc',
      '/proc',
      '--unshare-user',
      '--unshare-net',
    ];
    const { stdout } = await promisify(execFile)('bwrap', [
      ...isolated,
      ...(await bind('resolv.conf')),
      ...(await bind('nsswitch.conf')),
      // Name servers listen on port 53.
      ...['--uid', '0', '--gid', '0', '--cap-add', 'CAP_NET_BIND_SERVICE'],
      ...['--', process.execPath, join(__dirname, 'rebinding-world.mjs'), GUARD],
    ]);
    return JSON.parse(stdout) as Rebinding;
  } finally {
    await rm(folder, { recursive: true });
  }
}
