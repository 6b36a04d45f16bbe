/** The longest text that a configuration of an MCP server can hold. */
const MOST_CHARACTERS = 32_768;

export const TOO_LONG_FILLED = `has more than ${MOST_CHARACTERS} characters with the values of its variables`;

/**
 * Replaces each match, as `String.replace` does. Gives up on what nothing could store: a short text may name a long value
 * a hundred thousand times.
 *
 * @returns null when the values are too long together
 */
export function replaceWithin(
  text: string,
  pattern: RegExp,
  valueOf: (match: string, group: string | undefined) => string,
): string | null {
  let room = MOST_CHARACTERS;
  const replaced = text.replace(pattern, (match, group: string | undefined) => {
    if (room < 0) return '';
    const value = valueOf(match, group);
    room -= value.length;
    return value;
  });
  return room < 0 ? null : replaced;
}
