import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

import { assertScope } from '../common/auth/assert-scope';
import type { CallerKey } from '../common/auth/caller-key';
import { invalidRequest } from '../common/errors/invalid-request';
import { ComponentRegistry } from '../components/component-registry';
import type { McpType } from '../components/component-type';
import { dataSchemaIssues } from '../components/component-contracts';
import { secretReferences } from '../components/secrets/secret-references';
import type { Issue } from '../engine/core/issue';
import type { JsonObject } from '../engine/core/json';
import { ConfigReferencesService } from './config-references.service';
import { readMcpDocument } from './mcp-document';

/** Decides whether what a version says may be stored, and by whom. */
@Injectable()
export class ConfigCheckService {
  constructor(
    private readonly components: ComponentRegistry,
    private readonly references: ConfigReferencesService,
  ) {}

  /**
   * For storing: what the configuration refers to cannot be deleted until the transaction ends.
   *
   * @throws AppError as {@link check} does
   */
  async checkAndHold(
    mcpType: McpType,
    document: JsonObject,
    caller: CallerKey,
    manager: EntityManager,
  ): Promise<void> {
    this.check(mcpType, document, caller);
    await this.hold(mcpType, document, manager);
  }

  /** The part of {@link checkAndHold} that needs the transaction. */
  async hold(mcpType: McpType, document: JsonObject, manager: EntityManager): Promise<void> {
    const { config } = readMcpDocument(document);
    const issues = await this.references.findIssuesAndHold(mcpType, config, manager);
    if (issues.length > 0) throw invalidRequest(issues.map(inConfig));
  }

  /**
   * @throws AppError INVALID_REQUEST with every fault of the configuration and the schemas, its path beginning with
   *   their names; FORBIDDEN when the configuration executes code and the key lacks the scope `code`, or refers to
   *   secrets and it lacks `secrets`
   */
  check(mcpType: McpType, document: JsonObject, caller: CallerKey): void {
    const { config, input_schema: inputSchema, output_schema: outputSchema } = readMcpDocument(document);
    if (config.type !== mcpType) {
      throw invalidRequest([
        { path: 'config.type', message: `must equal mcp_type, ${JSON.stringify(mcpType)}` },
      ]);
    }
    const issues = [
      ...this.components.checkConfig(config).map(inConfig),
      ...dataSchemaIssues(inputSchema, 'input_schema'),
      ...dataSchemaIssues(outputSchema, 'output_schema'),
    ];
    if (issues.length > 0) throw invalidRequest(issues);
    if (this.components.executesCode(config)) assertScope(caller, 'code');
    // Whoever says where a secret is sent can send it anywhere.
    if (secretReferences(config).length > 0) assertScope(caller, 'secrets');
  }
}

function inConfig({ path, message }: Issue): Issue {
  return { path: underConfig(path), message };
}

function underConfig(path: string): string {
  if (path === '') return 'config';
  return path.startsWith('[') ? `config${path}` : `config.${path}`;
}
