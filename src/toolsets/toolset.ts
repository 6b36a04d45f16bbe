/** How a toolset is shown: every tool, or a pair of tools that finds and calls them. */
export const TOOLSET_MODES = ['list', 'search'] as const;
export type ToolsetMode = (typeof TOOLSET_MODES)[number];

/** A definition that a toolset holds: a component or a workflow. */
export interface ToolsetMember {
  readonly kind: 'mcp_definition' | 'workflow_definition';
  readonly definitionId: string;
  /** `MAJOR.MINOR.PATCH`; null: the latest of the moment. */
  readonly version: string | null;
  /**
   * What stands before the names of an MCP server's tools instead of `<definition>__`; empty: nothing, they keep the
   * names that they have there. Null: as everywhere.
   */
  readonly prefix: string | null;
}

/** What its owner says of a toolset. */
export interface ToolsetSettings {
  /** Unique; its address is `/mcp/<name>`. */
  readonly name: string;
  readonly description: string;
  readonly mode: ToolsetMode;
  /** Null: everything that is registered. */
  readonly members: readonly ToolsetMember[] | null;
  /** Patterns of names; empty: all that the members have. */
  readonly allow: readonly string[];
  /** Patterns of names; they win over `allow`. */
  readonly deny: readonly string[];
}

/** A toolset as read. */
export interface ToolsetRecord extends ToolsetSettings {
  readonly id: string;
  readonly revision: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
