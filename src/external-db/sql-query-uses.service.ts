import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

import { relatedOne, scannedPage } from '../common/entities/related-page';
import { readFields } from '../components/sql-query/sql-query-config';
import { ConfigFieldRepository } from '../definitions/config-field.repository';
import { ConfigReferencesService } from '../definitions/config-references.service';
import type { Issue } from '../engine/core/issue';
import type { JsonObject } from '../engine/core/json';
import { EntityRegistry } from '../entities/entity-registry';
import { ExternalDbConfigRepository } from './external-db-config.repository';
import { statementIssues } from './sql/bind-parameters';
import { SQL_DIALECTS } from './sql/sql-dialect';

/** What `sql_query` components have to do with databases: checked when they are saved, shown as relations. */
@Injectable()
export class SqlQueryUsesService implements OnModuleInit {
  constructor(
    private readonly references: ConfigReferencesService,
    private readonly fields: ConfigFieldRepository,
    private readonly entities: EntityRegistry,
    private readonly configs: ExternalDbConfigRepository,
  ) {}

  onModuleInit(): void {
    this.references.register('sql_query', (config, manager) => this.findIssuesAndHold(config, manager));
    this.entities.register({
      relations: [
        {
          from: 'mcp_version',
          name: 'uses_database',
          to: 'external_db_config',
          size: 'one',
          list: async (id) => relatedOne(await this.findLiving(id)),
        },
        {
          from: 'external_db_config',
          name: 'used_by_mcp_version',
          to: 'mcp_version',
          size: 'many',
          list: async (id, { after, limit }) =>
            scannedPage(await this.fields.scanVersions('external_db_config_id', id, after), limit),
        },
      ],
    });
  }

  /** A configuration that is referred to can still be deleted once no latest version does so. */
  private async findLiving(mcpVersionId: string): Promise<string | null> {
    const id = await this.fields.findReference('external_db_config_id', mcpVersionId);
    return id !== null && (await this.configs.findById(id)) !== null ? id : null;
  }

  private async findIssuesAndHold(config: JsonObject, manager: EntityManager): Promise<Issue[]> {
    const { databaseId, sql } = readFields(config);
    const dbType = await this.configs.holdLiving(databaseId, manager);
    if (dbType !== null) return statementIssues(sql, SQL_DIALECTS[dbType]);
    const message = `there is no external database configuration ${databaseId}`;
    return [{ path: 'external_db_config_id', message }];
  }
}
