import { createHash } from 'node:crypto';

/**
 * The specification lets a tool's name have 128 characters (2025-11-25, server/tools), but models are given tools by
 * APIs that take 64 (OpenAI's function names, and Anthropic's until 2025): a longer one could be listed and not used.
 */
export const MAX_NAME_LENGTH = 64;

/** Characters of a hash that tell names apart; 32 bits are plenty for the tools of one server. */
const HASH_LENGTH = 8;

/** Between a definition's name and that of its tool. */
const SEPARATOR = '__';

/** Something that clients shall have a name for. */
export interface Named {
  /** What it belongs to, before the name: `<prefix>__<name>`. Null: nothing stands before it. */
  readonly prefix: string | null;
  readonly name: string;
  /** Stays the same whatever happens around it; what the hash is made of. */
  readonly identity: string;
}

/**
 * Gives each thing a name within `[A-Za-z0-9_-]{1,64}`, in their order, all different:
 *
 * 1. every other character becomes `_`; a name of nothing but those still has one
 * 2. a name that is too long is cut, and ends with `_` and the hash of what it names
 * 3. of two that come to the same, the first keeps it, and the others end with their hash
 *
 * So the name of a thing depends on itself and on its elders only: what is registered later renames nothing.
 */
export function assignNames(things: readonly Named[]): string[] {
  const taken = new Set<string>();
  return things.map((thing) => {
    const name = firstFree(candidates(thing), taken);
    taken.add(name);
    return name;
  });
}

/** Names from the best on; the last ones are for those who build collisions on purpose. */
function* candidates({ prefix, name, identity }: Named): Generator<string> {
  const plain = slug(prefix === null || prefix === '' ? name : `${prefix}${SEPARATOR}${name}`);
  if (plain.length <= MAX_NAME_LENGTH) yield plain;
  for (let round = 0; ; round += 1) yield withHash(plain, round === 0 ? identity : `${identity}\0${round}`);
}

function firstFree(names: Iterable<string>, taken: ReadonlySet<string>): string {
  for (const name of names) if (!taken.has(name)) return name;
  throw new Error('There is always another name');
}

function withHash(plain: string, identity: string): string {
  return `${plain.slice(0, MAX_NAME_LENGTH - HASH_LENGTH - 1)}_${shortHash(identity)}`;
}

/** A few characters that stand for an identity. */
export function shortHash(identity: string): string {
  return createHash('sha256').update(identity).digest('hex').slice(0, HASH_LENGTH);
}

/** The text in the characters that every client and model API takes. */
export function slug(text: string): string {
  return text.replace(/[^A-Za-z0-9_-]/g, '_') || '_';
}
