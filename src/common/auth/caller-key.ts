/** What a key may be allowed to do. The product's fixed names. */
export const SCOPES = ['read', 'write', 'run', 'secrets', 'code', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** The API key that a request came with, as handlers see it: never the key's text. */
export interface CallerKey {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Ids of the toolsets that the key is limited to: nothing else lets it in. Null: it is not limited. */
  readonly toolsetIds: readonly string[] | null;
}
