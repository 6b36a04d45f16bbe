/** Paths of the endpoint, outside the global prefix: what people type into their clients. */
export const MCP_PATHS = ['mcp', 'mcp/:toolset'];
