/**
 * What a generated request promises:
 * - `valid`: the document and the rules of the domain allow it, so it must be accepted;
 * - `plausible`: its schema allows it, the domain perhaps not, so only the form of the answer is judged;
 * - `invalid`: the document forbids it, so it must be refused.
 */
export const CASE_KINDS = ['valid', 'plausible', 'invalid'] as const;
export type CaseKind = (typeof CASE_KINDS)[number];

/** One request, ready to be sent. */
export interface ContractCase {
  readonly kind: CaseKind;
  /** What is wrong with an invalid one. */
  readonly fault?: string;
  readonly method: string;
  /** Path and query. It may hold {@link FRESH}. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Stands in a path for the id of a resource that is made for this request alone: one that a DELETE takes away. */
export const FRESH = '{fresh}';

/** The most of a body that is printed. */
const SHOWN_BODY = 2000;

/** The request as a line for a shell, with the key left to the reader. */
export function toCurl(baseUrl: string, { method, target, headers, body }: ContractCase): string {
  const parts = [`curl -sS -X ${method} ${quote(baseUrl + target)}`, `-H "X-API-Key: $KEY"`];
  for (const [name, value] of Object.entries(headers)) parts.push(`-H ${quote(`${name}: ${value}`)}`);
  if (body !== undefined) {
    const cut = body.length > SHOWN_BODY ? `${body.slice(0, SHOWN_BODY)}… (${body.length} characters)` : body;
    parts.push(`--data-raw ${quote(cut)}`);
  }
  return parts.join(' ');
}

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
