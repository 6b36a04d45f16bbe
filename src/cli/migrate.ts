import type { AppConfig } from '../config/app-config';
import { migrate, revertLastMigration } from '../database/migrate';
import { readSchemaState } from '../database/schema-state';
import { withDatabase } from './with-database';

/** Brings the schema up to date; any number of these and of starting programs may do so at once. */
export function runMigrations(config: AppConfig): Promise<string> {
  return withDatabase(config, { mayCreate: true }, async ({ dataSource, url }) => {
    const ran = await migrate(dataSource, url);
    if (ran.length === 0) return 'The database is up to date.';
    return `${list(ran)}\n${count(ran)} done; the database is up to date.`;
  });
}

/** Takes the newest migration back. What it added is lost with what was stored in it. */
export function revertMigration(config: AppConfig): Promise<string> {
  return withDatabase(config, {}, async ({ dataSource, url }) => {
    const name = await revertLastMigration(dataSource, url);
    return name === null ? 'There is no migration to take back.' : `Took back ${name}.`;
  });
}

/** Tells what {@link runMigrations} would do; changes nothing. */
export function showMigrations(config: AppConfig): Promise<string> {
  return withDatabase(config, {}, async ({ dataSource }) => {
    const { done, pending, unknown } = await readSchemaState(dataSource);
    return [
      `${done.length - unknown.length} done, ${pending.length} to do${pending.length === 0 ? '.' : ':'}`,
      ...(pending.length === 0 ? [] : [list(pending)]),
      ...(unknown.length === 0 ? [] : ['Of a newer version of the program:', list(unknown)]),
    ].join('\n');
  });
}

function list(names: readonly string[]): string {
  return names.map((name) => `  ${name}`).join('\n');
}

function count(names: readonly string[]): string {
  return names.length === 1 ? '1 migration' : `${names.length} migrations`;
}
