/** A JSON Schema or a part of the document, as plain data that may be changed. */
export type SchemaNode = Record<string, unknown>;

/** Calls `visit` for `node` and every object below it, inner ones first. */
export function walk(node: unknown, visit: (node: SchemaNode) => void): void {
  if (typeof node !== 'object' || node === null) return;
  for (const child of Object.values(node)) walk(child, visit);
  if (!Array.isArray(node)) visit(node as SchemaNode);
}

export function isNode(value: unknown): value is SchemaNode {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The operations of a document, in the order in which they come. */
export function operationsOf({ paths }: { readonly paths: object }): SchemaNode[] {
  return Object.values(paths)
    .flatMap((path) => Object.values(path as object) as unknown[])
    .filter(isNode);
}
