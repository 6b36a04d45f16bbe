import { ApiKeyRepository } from '../../api-keys/api-key.repository';
import { AppError } from '../../common/errors/app-error';
import type { AppConfig } from '../../config/app-config';
import type { SchemaState } from '../../database/schema-state';
import { DataKeyRepository } from '../../security/secret-box/data-key.repository';
import { openSecretBox } from '../../security/secret-box/open-secret-box';
import { bytesText } from '../bytes-text';
import type { CommandDatabase } from '../with-database';
import { failed, type Finding, ok, warning } from './finding';
import { judgeClock } from './judge-clock';

/** The oldest PostgreSQL that the tests run on. */
const LEAST_VERSION = 150_000;

/** Keys with the scope admin that are looked through for one that has not ended. */
const MOST_ADMIN_KEYS = 100;

/** What PostgreSQL it is, and how large the database. */
export async function checkDatabase({ dataSource }: CommandDatabase): Promise<Finding> {
  const begun = performance.now();
  const [row] = await dataSource.query<[{ version: string; number: number; bytes: string }]>(
    `SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS number,
            pg_database_size(current_database()) AS bytes`,
  );
  const took = Math.max(1, Math.round(performance.now() - begun));
  const found = `PostgreSQL ${row.version}, ${bytesText(Number(row.bytes))}, answered in ${took} ms`;
  if (row.number >= LEAST_VERSION) return ok('Database', found);
  return failed(
    'Database',
    found,
    'Upgrade PostgreSQL: 15 is the oldest version that this program is tested on',
  );
}

/** Whether the schema is the one that this version of the program works on. */
export function judgeSchema({ pending, unknown, done }: SchemaState): Finding {
  if (pending.length > 0) {
    return warning(
      'Migrations',
      `${pending.length} to do, ${done.length} done`,
      'Run "mcp-backend migrate", or start the program, which does them',
    );
  }
  if (unknown.length > 0) {
    return warning(
      'Migrations',
      `${unknown.length} are of a newer version of the program`,
      'Fine while a rollout goes on or was taken back by one version; otherwise install the newer version',
    );
  }
  return ok('Migrations', `all ${done.length} are done`);
}

/** Whether the encryption key is the one that the stored secrets are encrypted under. Writes nothing. */
export async function checkEncryptionKey(
  config: AppConfig,
  { dataSource }: CommandDatabase,
): Promise<Finding> {
  const dataKeys = new DataKeyRepository(dataSource);
  if ((await dataKeys.findAll()).length === 0) {
    return ok('Encryption key', 'nothing is encrypted yet: the first start sees to it');
  }
  try {
    await openSecretBox(config, dataKeys);
    return ok('Encryption key', 'opens what is stored. Keep a copy: without it the secrets are lost');
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return failed('Encryption key', error.message, 'Put back the key of your backup (docs/backup.md)');
  }
}

/** How far this machine's clock and the database's are apart. */
export async function checkClock({ dataSource }: CommandDatabase): Promise<Finding> {
  const asked = Date.now();
  const [row] = await dataSource.query<[{ now: Date }]>('SELECT clock_timestamp() AS now');
  const uncertainty = (Date.now() - asked) / 2;
  return judgeClock(row.now.getTime() - asked - uncertainty, uncertainty);
}

/** Whether anybody can get in, and make keys for others. */
export async function checkApiKeys(
  { databaseUrl }: AppConfig,
  { dataSource }: CommandDatabase,
): Promise<Finding> {
  const keys = new ApiKeyRepository(dataSource);
  if (databaseUrl === null && !(await keys.hasAny())) {
    return ok('API keys', 'none yet: the first start makes one');
  }
  const { rows } = await keys.listNewest({ scope: 'admin' }, 0, MOST_ADMIN_KEYS);
  const living = rows.filter(({ expiresAt }) => expiresAt === null || expiresAt.getTime() > Date.now());
  if (living.length > 0) return ok('API keys', `${living.length} can make others`);
  return warning(
    'API keys',
    'there is none that can make others',
    'Make one: mcp-backend keys create NAME --scopes read,write,run,secrets,code,admin',
  );
}
