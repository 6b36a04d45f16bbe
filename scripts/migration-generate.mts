/**
 * `npm run migration:generate -- add-something`: begins a migration in `migrations/`. It holds what the entities have and
 * the tables have not (new tables and columns), found on a temporary database with all migrations; no database is needed.
 * Everything else is written by hand, in SQL: indexes, checks, tables without an entity, and what contracts a schema.
 */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const [name = ''] = process.argv.slice(2);
if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
  console.error(
    'Give the migration a name of small letters and dashes: npm run migration:generate -- add-something',
  );
  process.exit(64);
}

/** The built program, typed as its sources. */
const load = createRequire(join(ROOT, 'dist/ormconfig.js'));
const { EmbeddedPostgres } = load(
  './src/database/embedded-postgres/embedded-postgres.js',
) as typeof import('../src/database/embedded-postgres/embedded-postgres.ts');
const { dataSourceOptions } = load(
  './src/database/data-source-options.js',
) as typeof import('../src/database/data-source-options.ts');
const { missingFromTables } = load(
  './src/database/missing-from-tables.js',
) as typeof import('../src/database/missing-from-tables.ts');
const { openDataSource } = load(
  './src/database/open-data-source.js',
) as typeof import('../src/database/open-data-source.ts');

const path = join(ROOT, 'migrations', `${Date.now()}-${name}.ts`);
const missing = await findMissing();
writeFileSync(path, migrationOf(path, missing), { flag: 'wx' });
console.log(`Wrote ${path}`);
if (missing.up.length === 0)
  console.log('No table or column of the entities is missing: write its SQL yourself');

async function findMissing(): Promise<{ up: string[]; down: string[] }> {
  const dataDir = mkdtempSync(join(tmpdir(), 'mcp-backend-migration-'));
  // Started by root, the embedded PostgreSQL runs as another account, which must pass.
  chmodSync(dataDir, 0o711);
  const postgres = await EmbeddedPostgres.start({ dataDir, settings: { fsync: 'off' } });
  try {
    const dataSource = await openDataSource(dataSourceOptions(postgres.connectionUrl));
    await dataSource.runMigrations();
    const missing = await missingFromTables(dataSource);
    await dataSource.destroy();
    return missing;
  } finally {
    await postgres.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

function migrationOf(file: string, { up, down }: { up: string[]; down: string[] }): string {
  const [, timestamp = ''] = /(\d+)-[^/]*$/.exec(file) ?? [];
  const words = name.split('-').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  const className = `${words.join('')}${timestamp}`;
  return `import type { MigrationInterface, QueryRunner } from 'typeorm';

/** TODO: what for, and why so. See docs/migrations.md: the release before this one must work on the new schema. */
export class ${className} implements MigrationInterface {
  readonly name = '${className}';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(\`
${statements(up)}
    \`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(\`
${statements(down)}
    \`);
  }
}
`;
}

function statements(queries: readonly string[]): string {
  if (queries.length === 0) return '      -- TODO';
  return queries.map((query) => `      ${query.replaceAll('`', '\\`')};`).join('\n');
}
