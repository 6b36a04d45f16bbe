/** A name and a value as they were typed. */
export type Pair = readonly [name: string, value: string];

/** The two parts of `name=value`; null when it is not of that form. */
export function splitPair(text: string): Pair | null {
  const at = text.indexOf('=');
  return at < 1 ? null : [text.slice(0, at), text.slice(at + 1)];
}

/**
 * The parameters of a run: a value is taken as JSON where it is JSON (`19`, `true`, `["a"]`), and as a text otherwise,
 * and where the workflow's `parameters_schema` asks for a text.
 */
export function toParameters(pairs: readonly Pair[], schema: unknown): Record<string, unknown> {
  return Object.fromEntries(
    pairs.map(([name, value]) => [name, isText(schema, name) ? value : jsonOrText(value)]),
  );
}

function isText(schema: unknown, name: string): boolean {
  const { properties } = (schema ?? {}) as { properties?: Record<string, { type?: unknown } | undefined> };
  return properties?.[name]?.type === 'string';
}

function jsonOrText(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
