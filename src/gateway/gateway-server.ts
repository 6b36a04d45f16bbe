import { type Implementation, McpServer, type McpServerOptions } from '@modelcontextprotocol/server';

/** JSON Schema of a tool's input; undefined when there is no such tool. */
type InputSchemaOf = (tool: string) => Record<string, unknown> | undefined;

/**
 * The SDK's server over tools that were not registered with it, which it would do one by one for each request. Handlers
 * are set on `server`; what the SDK looks up about a tool before it calls a handler is asked here.
 */
export class GatewayServer extends McpServer {
  constructor(
    info: Implementation,
    options: McpServerOptions,
    private readonly inputSchemaOf: InputSchemaOf,
  ) {
    super(info, options);
  }

  /** For arguments that clients repeat in headers (`x-mcp-header`, 2026-07-28): the SDK compares the two. */
  override toolInputSchemaJson(name: string): Record<string, unknown> | undefined {
    return this.inputSchemaOf(name);
  }
}
