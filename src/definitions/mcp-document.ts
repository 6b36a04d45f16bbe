import type { JsonObject } from '../engine/core/json';

/** What a version of a component says, by the names of the wire: what is compared, and what makes a new version. */
export interface McpDocument extends JsonObject {
  readonly config: JsonObject;
  /** JSON Schema of what a call brings; null: anything. */
  readonly input_schema: JsonObject | null;
  /** JSON Schema of what it gives; null: anything. */
  readonly output_schema: JsonObject | null;
}

/** The parts of a document that a request gives; one that is left out is not given. */
export interface McpDocumentParts {
  readonly config?: JsonObject | undefined;
  readonly inputSchema?: JsonObject | null | undefined;
  readonly outputSchema?: JsonObject | null | undefined;
}

/** The document of a new version: what is given, over what was there. Undefined when nothing is given. */
export function changedDocument(latest: JsonObject, parts: McpDocumentParts): McpDocument | undefined {
  const given = Object.values(parts).some((part) => part !== undefined);
  return given ? toMcpDocument(parts, readMcpDocument(latest)) : undefined;
}

/** A whole document; schemas that are left out are those of `fallback`, or none. */
export function newDocument(parts: McpDocumentParts & { readonly config: JsonObject }): McpDocument {
  return toMcpDocument(parts, { config: parts.config, input_schema: null, output_schema: null });
}

/** A version's document as it is stored. */
export function readMcpDocument(document: JsonObject): McpDocument {
  return document as McpDocument;
}

function toMcpDocument(
  { config, inputSchema, outputSchema }: McpDocumentParts,
  fallback: McpDocument,
): McpDocument {
  return {
    config: config ?? fallback.config,
    input_schema: inputSchema === undefined ? fallback.input_schema : inputSchema,
    output_schema: outputSchema === undefined ? fallback.output_schema : outputSchema,
  };
}
