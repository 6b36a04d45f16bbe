import type { CallToolResult, Tool } from '@modelcontextprotocol/server';

import type { JsonObject } from '../../engine/core/json';
import { searchTools } from './search-tools';
import type { View } from './view';

const SEARCH = 'search_tools';
const CALL = 'call_tool';

const MAX_FOUND = 50;
const USUALLY_FOUND = 10;

/** What a toolset in the mode `search` lists instead of its tools: a few hundred bytes for the model, however many there are. */
export const SEARCH_MODE_TOOLS: readonly Tool[] = [
  {
    name: SEARCH,
    title: 'Search tools',
    description:
      'Finds the tools of this server by words of their names and descriptions, with what each takes. Call what was found with call_tool.',
    inputSchema: {
      type: 'object',
      properties: {
        query: { type: 'string', description: 'Words; nothing gives the first tools' },
        limit: { type: 'integer', minimum: 1, maximum: MAX_FOUND, default: USUALLY_FOUND },
      },
      additionalProperties: false,
    },
    annotations: { readOnlyHint: true, openWorldHint: false },
  },
  {
    name: CALL,
    title: 'Call a tool',
    description: 'Calls a tool of this server by the name that search_tools gave, and gives its result.',
    inputSchema: {
      type: 'object',
      required: ['name'],
      properties: {
        name: { type: 'string' },
        arguments: { type: 'object', description: "As the tool's inputSchema says" },
      },
      additionalProperties: false,
    },
  },
];

/** What a call in the mode `search` means: an answer at once, or the call of another tool. */
export type SearchModeCall =
  | { readonly kind: 'answer'; readonly result: CallToolResult }
  | { readonly kind: 'call'; readonly name: string; readonly args: JsonObject };

/** Reads a call of the pair; null when it is another tool's. Arguments have been checked by the tools' schemas. */
export function readSearchModeCall({ tools }: View, name: string, args: JsonObject): SearchModeCall | null {
  if (name === CALL) {
    return { kind: 'call', name: args.name as string, args: (args.arguments ?? {}) as JsonObject };
  }
  if (name !== SEARCH) return null;
  const all = [...tools.values()].map(({ tool }) => tool);
  const limit = typeof args.limit === 'number' ? args.limit : USUALLY_FOUND;
  const found = searchTools(all, typeof args.query === 'string' ? args.query : '', limit);
  const shown = found.map(({ name, title, description, inputSchema }) => ({
    name,
    title,
    description,
    inputSchema,
  }));
  return { kind: 'answer', result: { content: [{ type: 'text', text: JSON.stringify(shown) }] } };
}
