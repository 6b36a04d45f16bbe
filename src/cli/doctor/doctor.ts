import { AppError } from '../../common/errors/app-error';
import type { AppConfig } from '../../config/app-config';
import { findBinaries } from '../../database/embedded-postgres/binaries';
import { hasEmbeddedDatabase } from '../../database/embedded-postgres/locate';
import { readSchemaState } from '../../database/schema-state';
import { type CommandDatabase, withDatabase } from '../with-database';
import { checkApiKeys, checkClock, checkDatabase, checkEncryptionKey, judgeSchema } from './database-checks';
import { failed, type Finding, ok } from './finding';
import { checkDisk, checkKeyFiles, checkRedis, checkSandbox } from './machine-checks';

/**
 * Looks at everything that the program needs, and says of each how it is and what to do. Changes nothing; an embedded
 * database that does not run is started for the time of the checks.
 */
export async function diagnose(config: AppConfig): Promise<Finding[]> {
  const database = await checkAllOfDatabase(config);
  const machine = await Promise.all([
    checkSandbox(config),
    checkRedis(config),
    ...(config.databaseUrl === null ? [checkDisk(config), checkKeyFiles(config)] : []),
  ]);
  return [...database, ...machine].filter((finding) => finding !== null);
}

async function checkAllOfDatabase(config: AppConfig): Promise<Finding[]> {
  try {
    if (config.databaseUrl === null && !hasEmbeddedDatabase(config.dataDir)) {
      findBinaries();
      return [ok('Database', `none yet: "mcp-backend serve" makes one in ${config.dataDir}`)];
    }
    return await withDatabase(config, {}, (database) => checkEach(config, database));
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const advice =
      config.databaseUrl === null
        ? 'The log of the embedded PostgreSQL is DATA_DIR/postgres.log'
        : 'Try it with psql "$DATABASE_URL" from this machine';
    return [failed('Database', error.message, advice)];
  }
}

async function checkEach(config: AppConfig, database: CommandDatabase): Promise<Finding[]> {
  const schema = await readSchemaState(database.dataSource);
  const findings = [await checkDatabase(database), await checkClock(database), judgeSchema(schema)];
  // The tables that the others read may be missing.
  if (schema.pending.length > 0) return findings;
  return [...findings, await checkEncryptionKey(config, database), await checkApiKeys(config, database)];
}
