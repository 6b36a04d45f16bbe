import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';

import type { JsonObject } from '../engine/core/json';
import { isJsonObject } from '../engine/core/json';
import type { RegisteredComponent, RegisteredWorkflow, Registry } from './core/registry';

/**
 * Definitions of one kind that are shown, the oldest: all of them are held in memory. Far more than any client can
 * make use of.
 */
const MAX_DEFINITIONS = 10_000;

/** The versions that toolsets are pinned to. */
const PINNED = `
  SELECT (member->>'definitionId')::uuid, member->>'version'
  FROM toolsets t, jsonb_array_elements(t.members) AS member WHERE member->>'version' IS NOT NULL`;

/** Of other types the endpoint needs no configuration, and scripts are large. */
const TYPES_WITH_CONFIG = `('mcp_server', 'llm_prompt')`;

/** Reads what is registered, for the memory of the endpoint: two statements, whatever there is. */
@Injectable()
export class RegistryRepository {
  private readonly logger = new Logger('Mcp');

  constructor(private readonly dataSource: DataSource) {}

  async read(): Promise<Registry> {
    const [components, workflows] = await Promise.all([this.readComponents(), this.readWorkflows()]);
    for (const list of [components, workflows]) {
      if (list.length < MAX_DEFINITIONS) continue;
      this.logger.warn(`Only the ${MAX_DEFINITIONS} oldest definitions are shown to MCP clients`);
    }
    return { components, workflows };
  }

  private async readComponents(): Promise<RegisteredComponent[]> {
    return this.dataSource.query<RegisteredComponent[]>(
      `SELECT d.id AS "definitionId", d.name, d.description, d.mcp_type AS "mcpType", v.id AS "versionId", v.version,
         v.id = d.latest_version_id AS "isLatest",
         CASE WHEN d.mcp_type IN ${TYPES_WITH_CONFIG} THEN v.config ELSE '{}' END AS config,
         v.input_schema AS "inputSchema", v.output_schema AS "outputSchema"
       FROM mcp_definitions d JOIN mcp_versions v ON v.mcp_definition_id = d.id
       WHERE d.deleted_at IS NULL AND (v.id = d.latest_version_id OR (d.id, v.version) IN (${PINNED}))
       ORDER BY d.id LIMIT ${MAX_DEFINITIONS}`,
    );
  }

  /** Those marked as tools, and those that are members of toolsets. */
  private async readWorkflows(): Promise<RegisteredWorkflow[]> {
    const rows = await this.dataSource.query<
      (Omit<RegisteredWorkflow, 'parametersSchema' | 'stepCount'> & { readonly spec: JsonObject })[]
    >(
      `SELECT d.id AS "definitionId", d.name, d.description, d.expose_as_tool AS "exposeAsTool",
         v.id AS "versionId", v.version, v.id = d.latest_version_id AS "isLatest", v.spec
       FROM workflow_definitions d JOIN workflow_versions v ON v.workflow_definition_id = d.id
       WHERE d.deleted_at IS NULL
         AND (d.expose_as_tool OR EXISTS (
           SELECT FROM toolsets t
           WHERE t.members @> jsonb_build_array(jsonb_build_object('definitionId', d.id::text))))
         AND (v.id = d.latest_version_id OR (d.id, v.version) IN (${PINNED}))
       ORDER BY d.id LIMIT ${MAX_DEFINITIONS}`,
    );
    // Here and not in SQL: PostgreSQL's JSON functions refuse documents with `\\u0000`.
    return rows.map(({ spec, ...workflow }) => ({
      ...workflow,
      stepCount: Array.isArray(spec.steps) ? spec.steps.length : 0,
      parametersSchema: isJsonObject(spec.parameters_schema) ? spec.parameters_schema : null,
    }));
  }
}
