import { existsSync, lstatSync, readlinkSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where this Node stands inside of a sandbox, wherever it stands outside. */
const NODE_FOLDER = '/opt/mcp-backend';

/** What the sandbox's PATH holds. */
export const SANDBOX_PATH = `${NODE_FOLDER}/bin:/usr/local/bin:/usr/bin:/bin`;
export const SANDBOX_NODE = `${NODE_FOLDER}/bin/node`;

/** Top folders that hold programs and libraries: links into /usr on today's systems, folders on older ones. */
const SYSTEM_FOLDERS = ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'];

/** Of /etc: certificates, where libraries are, how names are looked up. Nothing that tells of accounts or services. */
const ETC = [
  '/etc/alternatives',
  '/etc/ca-certificates',
  '/etc/ld.so.cache',
  '/etc/localtime',
  '/etc/nsswitch.conf',
  '/etc/pki',
  '/etc/ssl/certs',
  '/etc/ssl/openssl.cnf',
];

/** How names of the network are resolved: only for sandboxes that have it. */
const ETC_OF_NETWORK = ['/etc/hosts', '/etc/resolv.conf'];

/** What of the machine every sandbox shows, read-only. */
export interface RuntimeLayout {
  readonly links: readonly { readonly at: string; readonly target: string }[];
  readonly binds: readonly { readonly from: string; readonly to: string }[];
  readonly networkFiles: readonly string[];
  /** Folders of ours that must not be seen even where they lie within a bound one. */
  readonly hidden: readonly string[];
}

/**
 * Looks at the machine once.
 * @param hidden folders of this program: its data and itself
 */
export function findRuntimeLayout(hidden: readonly string[]): RuntimeLayout {
  const folders = SYSTEM_FOLDERS.filter((path) => existsSync(path));
  const isLink = (path: string) => lstatSync(path).isSymbolicLink();
  return {
    links: folders.filter(isLink).map((at) => ({ at, target: readlinkSync(at) })),
    binds: [
      ...['/usr', ...folders.filter((path) => !isLink(path)), ...ETC.filter((path) => existsSync(path))].map(
        (path) => ({ from: path, to: path }),
      ),
      ...nodeBinds(realpathSync(process.execPath)),
    ],
    networkFiles: ETC_OF_NETWORK.filter((path) => existsSync(path)),
    hidden: hidden.filter((path) => existsSync(path)).map((path) => realpathSync(path)),
  };
}

/** The program itself, and npm with npx where Node was installed with them. */
function nodeBinds(execPath: string): { from: string; to: string }[] {
  const npm = join(dirname(execPath), '../lib/node_modules/npm');
  return [
    { from: execPath, to: SANDBOX_NODE },
    ...(existsSync(npm) ? [{ from: npm, to: `${NODE_FOLDER}/lib/node_modules/npm` }] : []),
  ];
}
