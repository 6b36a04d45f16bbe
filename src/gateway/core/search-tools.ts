import type { Tool } from '@modelcontextprotocol/server';

/** How much a word counts that is found in a tool's name, its title, its description, by a whole word or the beginning of one. */
const WEIGHTS = { name: 8, title: 4, description: 2 } as const;
const WHOLE_WORD_FACTOR = 2;

/**
 * The tools that fit a query best, best first; without words, the first ones. Each word of the query counts once, where
 * it counts most; a tool that has more of the words is before one that has fewer. Ties stay in the given order.
 */
export function searchTools(tools: readonly Tool[], query: string, limit: number): Tool[] {
  const words = [...new Set(wordsOf(query))];
  if (words.length === 0) return tools.slice(0, limit);
  return tools
    .map((tool) => ({ tool, score: scoreOf(tool, words) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .slice(0, limit)
    .map(({ tool }) => tool);
}

function scoreOf(tool: Tool, words: readonly string[]): number {
  const fields = {
    name: wordsOf(tool.name),
    title: wordsOf(tool.title ?? ''),
    description: wordsOf(tool.description ?? ''),
  };
  const scores = words.map((word) =>
    Math.max(...entriesOf(fields).map(([field, of]) => weigh(field, of, word))),
  );
  const found = scores.filter((score) => score > 0).length;
  // More words found outweigh any place that fewer are found in.
  return found * 100 + scores.reduce((sum, score) => sum + score, 0) * Math.sign(found);
}

function weigh(field: keyof typeof WEIGHTS, words: readonly string[], wanted: string): number {
  if (words.includes(wanted)) return WEIGHTS[field] * WHOLE_WORD_FACTOR;
  return words.some((word) => word.startsWith(wanted)) ? WEIGHTS[field] : 0;
}

/** `githubSearch_code` is github, search, code. */
function wordsOf(text: string): string[] {
  return text
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
}

function entriesOf<Key extends string, Value>(record: Readonly<Record<Key, Value>>): [Key, Value][] {
  return Object.entries(record) as [Key, Value][];
}
