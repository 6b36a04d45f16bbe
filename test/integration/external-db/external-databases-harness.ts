import { createSecretKey, randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import type { SqlQuery, SqlResult } from '../../../src/components/external-databases';
import { SystemClock } from '../../../src/common/clock';
import type { AppConfig } from '../../../src/config/app-config';
import type { JsonObject } from '../../../src/engine/core/json';
import { ConfigFieldRepository } from '../../../src/definitions/config-field.repository';
import type { CreateExternalDbConfigDto } from '../../../src/external-db/dto/create-external-db-config.dto';
import { ExternalDatabasesService } from '../../../src/external-db/external-databases.service';
import { ExternalDbConfigRepository } from '../../../src/external-db/external-db-config.repository';
import { ExternalDbConfigService } from '../../../src/external-db/external-db-config.service';
import { EgressSockets } from '../../../src/security/egress/egress-sockets';
import { DataKeyRepository } from '../../../src/security/secret-box/data-key.repository';
import { KeyRing } from '../../../src/security/secret-box/key-ring';
import { SecretBox } from '../../../src/security/secret-box/secret-box';
import { makeDataDir } from '../../support/data-dir';
import { PATIENCE_MS } from '../../support/eventually';
import { createTestDatabase } from '../../support/test-database';

/** The feature without its HTTP side, on a database of its own. */
export interface ExternalDatabasesHarness {
  readonly configs: ExternalDbConfigService;
  readonly databases: ExternalDatabasesService;
  /** Where SQLite files are. */
  readonly sqliteFolder: string;
  /** @returns the configuration's id */
  create(settings: Omit<CreateExternalDbConfigDto, 'name'>): Promise<string>;
  /** Runs a statement with limits that do not matter unless given. */
  query(id: string, sql: string, parameters?: JsonObject, more?: Partial<SqlQuery>): Promise<SqlResult>;
  stop(): Promise<void>;
}

export async function startExternalDatabases(egressAllow = ['loopback']): Promise<ExternalDatabasesHarness> {
  const own = await createTestDatabase();
  const dataDir = makeDataDir();
  const sqliteFolder = join(dataDir.path, 'sqlite');
  mkdirSync(sqliteFolder);
  const ring = new KeyRing([createSecretKey(randomBytes(32))]);
  const secrets = await SecretBox.open(new DataKeyRepository(own.dataSource), ring, 'ENCRYPTION_KEY');
  const clock = new SystemClock();
  const repository = new ExternalDbConfigRepository(own.dataSource, clock);
  const config = { dataDir: dataDir.path } as AppConfig;
  const databases = new ExternalDatabasesService(repository, config, new EgressSockets(egressAllow), secrets);
  const configs = new ExternalDbConfigService(
    repository,
    secrets,
    databases,
    new ConfigFieldRepository(own.dataSource),
    clock,
  );
  let count = 0;
  return {
    configs,
    databases,
    sqliteFolder,
    create: async (settings) => {
      const { id } = await configs.create({ name: `database ${(count += 1)}`, ...settings });
      return id;
    },
    query: (id, sql, parameters = {}, more = {}) =>
      databases.query(id, {
        sql,
        parameters,
        maxRows: 1_000,
        maxBytes: 1_000_000,
        allowTruncation: false,
        timeoutMs: PATIENCE_MS,
        readOnly: false,
        signal: new AbortController().signal,
        ...more,
      }),
    stop: async () => {
      await databases.onApplicationShutdown();
      await own.drop();
      dataDir.remove();
    },
  };
}
