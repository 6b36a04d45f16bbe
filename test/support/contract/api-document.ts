import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';

/** A JSON Schema of draft 2020-12, as far as it is an object. */
export type Schema = Readonly<Record<string, unknown>>;

export interface Parameter {
  readonly in: 'path' | 'query' | 'header' | 'cookie';
  readonly name: string;
  readonly required?: boolean;
  readonly schema: Schema;
}

/** What the document says of one status of an operation. */
export interface Answer {
  readonly headers: Readonly<Record<string, { readonly required?: boolean; readonly schema?: Schema }>>;
  /** The schema of the body by its media type; empty when there is no body. */
  readonly content: Readonly<Record<string, { readonly schema?: Schema }>>;
}

export interface Operation {
  readonly id: string;
  readonly method: string;
  /** With its parameters in braces: `/api/v1/mcp-definitions/{definition_id}`. */
  readonly path: string;
  readonly parameters: readonly Parameter[];
  /** The schema of the JSON body; null when it takes none. */
  readonly body: Schema | null;
  readonly bodyRequired: boolean;
  readonly answers: Readonly<Record<string, Answer>>;
  readonly needsKey: boolean;
}

interface RawOperation {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: {
    readonly required?: boolean;
    readonly content: Record<string, { schema: Schema }>;
  };
  readonly responses: Record<string, Partial<Answer>>;
  readonly security?: readonly object[];
}

interface RawDocument {
  readonly paths: Record<string, Record<string, RawOperation>>;
  readonly components: { readonly schemas: Record<string, Schema> };
}

const METHODS = ['get', 'put', 'post', 'delete', 'patch', 'head', 'options', 'trace'];

/** The served OpenAPI document, read for tests: its operations, its references, its schemas as checks. */
export class ApiDocument {
  readonly operations: readonly Operation[];
  private readonly ajv: Ajv2020;
  private readonly compiled = new Map<Schema, ValidateFunction>();

  constructor(private readonly document: object) {
    const { paths, components } = document as RawDocument;
    this.operations = Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item)
        .filter(([method]) => METHODS.includes(method))
        .map(([method, operation]) => toOperation(path, method, operation)),
    );
    this.ajv = new Ajv2020({ strict: false, validateSchema: false, allErrors: false });
    addFormats(this.ajv);
    this.ajv.addSchema(
      { components: { ...components, schemas: closeResponses(components.schemas) } },
      'api.json',
    );
  }

  /** The schema itself, or the one that it refers to with what stands beside the reference. */
  resolve(schema: Schema): Schema {
    const { $ref, ...beside } = schema;
    if (typeof $ref !== 'string') return schema;
    const target = $ref
      .slice(2)
      .split('/')
      .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
      .reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], this.document);
    if (target === undefined) throw new Error(`The document refers to ${$ref}, which it lacks`);
    return { ...this.resolve(target as Schema), ...beside };
  }

  /** What is wrong with the value, as one line; null when it fits the schema. */
  faultOf(schema: Schema, value: unknown): string | null {
    let validate = this.compiled.get(schema);
    if (validate === undefined) {
      validate = this.ajv.compile(withRootReferences(schema));
      this.compiled.set(schema, validate);
    }
    return validate(value) ? null : this.ajv.errorsText(validate.errors, { dataVar: 'body' });
  }
}

function toOperation(path: string, method: string, operation: RawOperation): Operation {
  const body = operation.requestBody?.content['application/json']?.schema ?? null;
  return {
    id: operation.operationId,
    method: method.toUpperCase(),
    path,
    parameters: operation.parameters ?? [],
    body,
    bodyRequired: operation.requestBody?.required === true,
    answers: Object.fromEntries(
      Object.entries(operation.responses).map(([status, { headers = {}, content = {} }]) => [
        status,
        { headers, content },
      ]),
    ),
    needsKey: operation.security?.length !== 0,
  };
}

/** References of a part of the document, so that they hold when the part stands alone. */
function withRootReferences(schema: Schema): Schema {
  return JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"api.json#/')) as Schema;
}

/**
 * A response that lists its fields is taken to have no others: a field that is sent and not described is a fault of
 * the document. Errors are open, since each code has details of its own.
 */
function closeResponses(schemas: Readonly<Record<string, Schema>>): Record<string, Schema> {
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => {
      const isClosable =
        name.endsWith('Response') &&
        name !== 'ErrorResponse' &&
        schema['properties'] !== undefined &&
        schema['additionalProperties'] === undefined &&
        ['allOf', 'anyOf', 'oneOf', '$ref'].every((keyword) => schema[keyword] === undefined);
      return [name, isClosable ? { ...schema, additionalProperties: false } : schema];
    }),
  );
}
