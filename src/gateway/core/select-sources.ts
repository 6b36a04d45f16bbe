import type { RegisteredComponent, RegisteredWorkflow, Registry, Selection } from './registry';

/** An MCP server: each of its tools is one. */
export interface UpstreamSource {
  readonly kind: 'upstream';
  readonly component: RegisteredComponent;
  /** Before the names of its tools instead of its own; null: its own. */
  readonly prefix: string | null;
}

/** A definition that tools come from. */
export type Source =
  | UpstreamSource
  | { readonly kind: 'component'; readonly component: RegisteredComponent }
  | { readonly kind: 'workflow'; readonly workflow: RegisteredWorkflow };

/**
 * What an address selects of what is registered: its members in their order, or everything, oldest first (ids are
 * UUIDv7). A member whose definition or version is gone gives nothing.
 */
export function select(registry: Registry, { members }: Selection): Source[] {
  if (members === null) return everything(registry);
  return members.flatMap(({ kind, definitionId, version, prefix }): Source[] => {
    const isWanted = (one: { definitionId: string; version: string; isLatest: boolean }): boolean =>
      one.definitionId === definitionId && (version === null ? one.isLatest : one.version === version);
    if (kind === 'workflow_definition') {
      return registry.workflows.filter(isWanted).map((workflow) => ({ kind: 'workflow', workflow }));
    }
    return registry.components.filter(isWanted).map((component) => toSource(component, prefix));
  });
}

function everything({ components, workflows }: Registry): Source[] {
  const sources = [
    ...components
      .filter(({ isLatest }) => isLatest)
      .map((component) => ({ id: component.definitionId, source: toSource(component, null) })),
    ...workflows
      .filter(({ isLatest, exposeAsTool }) => isLatest && exposeAsTool)
      .map((workflow) => ({ id: workflow.definitionId, source: { kind: 'workflow', workflow } as const })),
  ];
  return sources.sort((a, b) => (a.id < b.id ? -1 : 1)).map(({ source }) => source);
}

function toSource(component: RegisteredComponent, prefix: string | null): Source {
  return component.mcpType === 'mcp_server'
    ? { kind: 'upstream', component, prefix }
    : { kind: 'component', component };
}
