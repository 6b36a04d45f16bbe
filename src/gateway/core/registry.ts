import type { Prompt, Resource, ResourceTemplateType, Tool } from '@modelcontextprotocol/server';

import type { McpType } from '../../components/component-type';
import type { JsonObject } from '../../engine/core/json';

/** What every version of a definition has, as the endpoint needs it. */
interface RegisteredVersion {
  readonly definitionId: string;
  readonly name: string;
  readonly description: string;
  readonly versionId: string;
  readonly version: string;
  readonly isLatest: boolean;
}

/** A version of a component: the latest, or one that a toolset is pinned to. */
export interface RegisteredComponent extends RegisteredVersion {
  readonly mcpType: McpType;
  readonly config: JsonObject;
  /** JSON Schema of its inputs; null: it takes any object. */
  readonly inputSchema: JsonObject | null;
  /** JSON Schema of its output; null: anything may come. */
  readonly outputSchema: JsonObject | null;
}

/** A version of a workflow: the latest, or one that a toolset is pinned to. */
export interface RegisteredWorkflow extends RegisteredVersion {
  readonly exposeAsTool: boolean;
  readonly parametersSchema: JsonObject | null;
  /** How many steps a run has, those of `on_failure` aside. */
  readonly stepCount: number;
}

/** A choice of what is registered; the settings of a toolset that matter here. */
export interface Selection {
  /** Null: everything that is registered, at its latest version. */
  readonly members: readonly SelectedMember[] | null;
  readonly allow: readonly string[];
  readonly deny: readonly string[];
}

export interface SelectedMember {
  readonly kind: 'mcp_definition' | 'workflow_definition';
  readonly definitionId: string;
  /** Null: the latest. */
  readonly version: string | null;
  /** Before the names of a server's tools instead of `<definition>__`; null: that. */
  readonly prefix: string | null;
}

/** What `/mcp` shows: everything. */
export const EVERYTHING: Selection = { members: null, allow: [], deny: [] };

/** Everything that is registered, oldest definition first. */
export interface Registry {
  readonly components: readonly RegisteredComponent[];
  readonly workflows: readonly RegisteredWorkflow[];
}

/** What a server behind an `mcp_server` definition offers. */
export interface Catalogue {
  readonly tools: readonly Tool[];
  readonly prompts: readonly Prompt[];
  readonly resources: readonly Resource[];
  readonly resourceTemplates: readonly ResourceTemplateType[];
}

/** The catalogues by the id of the version whose configuration leads to them. */
export type Catalogues = ReadonlyMap<string, Catalogue>;
