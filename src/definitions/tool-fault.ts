import type { McpType } from '../components/component-type';

/** What is wrong with naming this tool, or none, in a call of a component of this type; null when all is well. */
export function toolFault(mcpType: McpType, tool: string | null): string | null {
  if (mcpType === 'mcp_server') {
    return tool === null ? 'is required: the component is an mcp_server, name the tool to call' : null;
  }
  return tool === null ? null : `is only for mcp_server; the component is of type ${mcpType}`;
}
