import type { Tool } from '@modelcontextprotocol/client';
import { createHash } from 'node:crypto';
import { isJsonObject, type JsonObject, type JsonValue } from '../../engine/core/json';

/** What a tool says of itself that a model, or whoever approves it, decides by. */
export interface ToolDefinition {
  readonly title: string | null;
  readonly description: string | null;
  readonly inputSchema: JsonObject;
  readonly outputSchema: JsonObject | null;
  readonly annotations: JsonObject | null;
}

/** A tool as somebody approved it. */
export interface ApprovedTool {
  readonly fingerprint: string;
  readonly definition: ToolDefinition;
}

/** How a tool stands to what was approved. */
export const TOOL_DRIFTS = ['approved', 'new', 'changed', 'removed'] as const;
export type ToolDrift = (typeof TOOL_DRIFTS)[number];

/** A tool that the server has, or had when it was approved. */
export interface ToolState {
  readonly name: string;
  readonly drift: ToolDrift;
  /** As the server has it now; for a removed tool as it was approved. */
  readonly definition: ToolDefinition;
  /** As it was approved, where that is something else. */
  readonly approved: ToolDefinition | null;
}

/** Whether the server has the tool, and not as it was approved. */
export function isDrifted({ drift }: ToolState): boolean {
  return drift === 'new' || drift === 'changed';
}

export function definitionOf(tool: Tool): ToolDefinition {
  return {
    title: tool.title ?? null,
    description: tool.description ?? null,
    inputSchema: tool.inputSchema as JsonObject,
    outputSchema: (tool.outputSchema as JsonObject | undefined) ?? null,
    annotations: (tool.annotations as JsonObject | undefined) ?? null,
  };
}

/** The same for definitions that say the same, whatever the order of their members. */
export function fingerprintOf(definition: ToolDefinition): string {
  const text = JSON.stringify(ordered({ ...definition } satisfies JsonObject));
  return createHash('sha256').update(text).digest('hex');
}

/** How a server's tools stand to those that were approved: the server's first, in its order. */
export function compareTools(
  tools: readonly Tool[],
  approved: ReadonlyMap<string, ApprovedTool>,
): ToolState[] {
  const names = new Set(tools.map(({ name }) => name));
  const present = tools.map((tool): ToolState => {
    const definition = definitionOf(tool);
    const known = approved.get(tool.name);
    if (known === undefined) return { name: tool.name, drift: 'new', definition, approved: null };
    const isSame = known.fingerprint === fingerprintOf(definition);
    return {
      name: tool.name,
      drift: isSame ? 'approved' : 'changed',
      definition,
      approved: isSame ? null : known.definition,
    };
  });
  const removed = [...approved]
    .filter(([name]) => !names.has(name))
    .map(([name, { definition }]): ToolState => ({ name, drift: 'removed', definition, approved: null }));
  return [...present, ...removed];
}

function ordered(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(ordered);
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, member]) => [key, ordered(member)]));
}
