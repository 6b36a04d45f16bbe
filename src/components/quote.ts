/** How much of a far side's own words goes into a message. */
const MAX_WORDS = 2048;

/** A far side's words, shortened; they are shown, never interpreted. */
export function quote(text: string): string {
  return text.length > MAX_WORDS ? `${text.slice(0, MAX_WORDS)}…` : text;
}
