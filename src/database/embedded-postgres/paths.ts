import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where the embedded PostgreSQL keeps its things. All paths are absolute. */
export interface EmbeddedPaths {
  readonly dataDir: string;
  /** What PostgreSQL calls its data directory. */
  readonly cluster: string;
  /** Password of both roles; ours alone, never the server's. */
  readonly passwordFile: string;
  readonly logFile: string;
  /** Holds the socket, and nothing that lasts. */
  readonly socketDir: string;
}

/** Names the socket file only: the server listens on no network port. */
export const SOCKET_PORT = 5432;

/** The system's limit for a socket's path in bytes (`sun_path`, less the final zero). */
const SOCKET_PATH_LIMIT = process.platform === 'darwin' ? 103 : 107;

/** @param dataDir its real path, so that one folder never has two names */
export function embeddedPaths(dataDir: string): EmbeddedPaths {
  return {
    dataDir,
    cluster: join(dataDir, 'postgres'),
    passwordFile: join(dataDir, 'postgres-password'),
    logFile: join(dataDir, 'postgres.log'),
    socketDir: socketDirOf(dataDir),
  };
}

/** The path of the socket itself. */
export function socketPath(socketDir: string): string {
  return join(socketDir, `.s.PGSQL.${SOCKET_PORT}`);
}

/**
 * A connection string that `pg` and libpq read alike: `host` in the query, a folder, overrules `localhost`, which
 * is there because many readers of URLs accept no empty host.
 */
export function socketUrl(socketDir: string, role: string, password: string, database: string): string {
  const url = new URL(`postgresql://localhost:${SOCKET_PORT}/${database}`);
  url.username = role;
  url.password = password;
  url.searchParams.set('host', socketDir);
  return url.href;
}

/** In the data folder, or, when the path grows too long for a socket, in a folder named for it. */
function socketDirOf(dataDir: string): string {
  const beside = join(dataDir, 'run');
  if (Buffer.byteLength(socketPath(beside)) <= SOCKET_PATH_LIMIT) return beside;
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 16);
  return join(tmpdir(), `mcp-backend-${name}`);
}
