import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

import { VersionGraphRepository } from '../common/versioning/version-graph.repository';
import { MCP_TABLES } from './mcp-tables';

/** How components and their versions hang together. */
@Injectable()
export class McpVersionGraphRepository extends VersionGraphRepository {
  constructor(dataSource: DataSource) {
    super(dataSource, MCP_TABLES);
  }
}
