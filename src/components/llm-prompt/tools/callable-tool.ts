import type { JsonObject } from '../../../engine/core/json';
import type { StoredComponent } from '../../stored-components';

/** Something that the model may call: a component, or one tool of an MCP server. */
export interface CallableTool {
  /** What the model calls it by; no two have the same. */
  readonly name: string;
  readonly description: string;
  /** JSON Schema of what the model gives; an object. */
  readonly inputSchema: JsonObject;
  readonly component: StoredComponent;
  /** Of an `mcp_server`. */
  readonly tool: string | null;
}
