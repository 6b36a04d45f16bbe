import type { EgressFetch } from '../security/egress/egress-guard';
import type { ComponentType } from './component-type';
import { HttpRequest } from './http-request/http-request';
import { McpServer } from './mcp-server/mcp-server';
import { TypescriptScript } from './typescript-script/typescript-script';

/** What component types are made with. */
export interface ComponentDependencies {
  /** The only way to the network. */
  readonly fetch: EgressFetch;
  /** Of this program, told to MCP servers. */
  readonly version: string;
}

/** The one list of component types: a new type is its folder and its line here. */
export function createComponentTypes({ fetch, version }: ComponentDependencies): ComponentType[] {
  return [new McpServer({ fetch, version }), new HttpRequest(fetch), new TypescriptScript()];
}
