import type { EgressFetch } from '../security/egress/egress-guard';
import type { Sandbox } from '../security/sandbox/sandbox';
import type { ComponentType } from './component-type';
import type { ExternalDatabases } from './external-databases';
import { HttpRequest } from './http-request/http-request';
import { LlmPrompt } from './llm-prompt/llm-prompt';
import { McpServer } from './mcp-server/mcp-server';
import type { McpUpstreams } from './mcp-server/mcp-upstreams';
import { PythonScript } from './python-script/python-script';
import { SqlQuery } from './sql-query/sql-query';
import { TypescriptScript } from './typescript-script/typescript-script';

/** What component types are made with. */
export interface ComponentDependencies {
  /** The only way to the network. */
  readonly fetch: EgressFetch;
  /** The MCP servers that components are; closed with the types. */
  readonly upstreams: McpUpstreams;
  /** Where code runs. */
  readonly sandbox: Sandbox;
  /** The users' own. */
  readonly databases: ExternalDatabases;
}

/** The one list of component types: a new type is its folder and its line here. */
export function createComponentTypes({
  fetch,
  upstreams,
  sandbox,
  databases,
}: ComponentDependencies): ComponentType[] {
  return [
    new McpServer(upstreams),
    new HttpRequest(fetch),
    new SqlQuery(databases),
    new LlmPrompt(fetch),
    new TypescriptScript(sandbox),
    new PythonScript(sandbox),
  ];
}
