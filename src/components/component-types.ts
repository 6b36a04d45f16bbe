import type { JsonValue } from '../engine/core/json';
import type { ComponentUse, StepContext } from '../engine/ports';
import type { EgressFetch } from '../security/egress/egress-guard';
import type { Sandbox } from '../security/sandbox/sandbox';
import type { ComponentType } from './component-type';
import type { ExternalDatabases } from './external-databases';
import { HttpRequest } from './http-request/http-request';
import { JupyterNotebook } from './jupyter-notebook/jupyter-notebook';
import { LlmPrompt } from './llm-prompt/llm-prompt';
import { McpServer } from './mcp-server/mcp-server';
import type { McpUpstreams } from './mcp-server/mcp-upstreams';
import { PythonScript } from './python-script/python-script';
import { SqlQuery } from './sql-query/sql-query';
import type { StoredComponents } from './stored-components';
import { TypescriptScript } from './typescript-script/typescript-script';

/** What component types are made with. */
export interface ComponentDependencies {
  /** The only way to the network. */
  readonly fetch: EgressFetch;
  /** The MCP servers that components are; closed with the types. */
  readonly upstreams: McpUpstreams;
  /** Registered components, for those that call others. */
  readonly components: StoredComponents;
  /** Runs a registered component on behalf of another. */
  readonly run: (use: ComponentUse, context: StepContext) => Promise<JsonValue>;
  /** Where code runs. */
  readonly sandbox: Sandbox;
  /** The users' own. */
  readonly databases: ExternalDatabases;
}

/** The one list of component types: a new type is its folder and its line here. */
export function createComponentTypes(dependencies: ComponentDependencies): ComponentType[] {
  const { fetch, upstreams, sandbox, databases } = dependencies;
  return [
    new McpServer(upstreams),
    new HttpRequest(fetch),
    new SqlQuery(databases),
    new LlmPrompt(dependencies),
    new TypescriptScript(sandbox),
    new PythonScript(sandbox),
    new JupyterNotebook(sandbox),
  ];
}
