/** The LIKE pattern for "contains `text`", whatever wildcards the text holds. */
export function containsPattern(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`;
}
