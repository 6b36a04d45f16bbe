import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Config } from '@jest/types';
import { Logger } from '@nestjs/common';

import { EmbeddedPostgres } from '../../src/database/embedded-postgres/embedded-postgres';
import { ensureBuilt } from './ensure-built';
import { makeTemplate } from './test-database';
import { holdTestServer } from './test-server';

/**
 * One PostgreSQL for the whole run of Jest, with a template of the migrated schema; tests find it by
 * TEST_DATABASE_URL. For e2e tests the program is built when its sources are newer.
 */
export default async function globalSetup(
  _global: Config.GlobalConfig,
  project: Config.ProjectConfig,
): Promise<void> {
  Logger.overrideLogger(['warn', 'error']);
  if (project.displayName?.name === 'e2e') ensureBuilt();
  const dataDir = mkdtempSync(join(tmpdir(), 'mcp-test-'));
  // Run by root, the server belongs to another account, which must pass.
  chmodSync(dataDir, 0o711);
  // Nobody minds losing test data in a power failure.
  const server = await EmbeddedPostgres.start({ dataDir, settings: { fsync: 'off' } });
  holdTestServer({ server, dataDir });
  process.env['TEST_DATABASE_URL'] = server.connectionUrl;
  await makeTemplate(server.connectionUrl);
}
