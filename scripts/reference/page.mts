import { example } from './example.mts';
import {
  type LocatedOperation,
  type OpenApiDocument,
  operationsOf,
  type Parameter,
  type Schema,
} from './openapi-document.mts';
import type { Exchange } from './recorder.mts';
import { anchor, detailText, fieldTable, nameOf, row, schemaLink, typeText } from './schema-text.mts';

/** What stands around the operations; written by hand. */
export interface Prose {
  readonly introduction: string;
  readonly closing: string;
}

/** docs/api-reference.md: prose, every operation with its example, and every schema. */
export function renderPage(
  document: OpenApiDocument,
  exchanges: ReadonlyMap<string, Exchange>,
  { introduction, closing }: Prose,
): string {
  const operations = operationsOf(document);
  const groups = document.tags.map(({ name }) => ({
    name,
    operations: operations.filter(({ tags }) => tags.includes(name)),
  }));
  return [
    introduction,
    '## Endpoints',
    ...groups.map((group) => contents(group.name, group.operations)),
    ...groups.flatMap((group) => [
      `## ${group.name}`,
      ...group.operations.map((operation) => renderOperation(operation, document, exchanges)),
    ]),
    '## Schemas',
    ...Object.entries(document.components.schemas)
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
      .map(([name, schema]) => renderSchema(name, schema)),
    closing,
  ].join('\n\n');
}

function contents(name: string, operations: readonly LocatedOperation[]): string {
  const lines = operations.map((operation) => {
    const heading = headingOf(operation);
    return `- [\`${heading}\`](#${anchor(heading)}): ${operation.summary}`;
  });
  return [`**[${name}](#${anchor(name)})**`, '', ...lines].join('\n');
}

function headingOf({ method, path }: LocatedOperation): string {
  return `${method} ${path}`;
}

function renderOperation(
  operation: LocatedOperation,
  document: OpenApiDocument,
  exchanges: ReadonlyMap<string, Exchange>,
): string {
  const { operationId, summary, description, parameters = [], requestBody } = operation;
  const exchange = exchanges.get(operationId);
  if (exchange === undefined) {
    throw new Error(`Nothing calls ${operationId}: add it to scripts/reference/tour.mts`);
  }
  const body = requestBody?.content['application/json']?.schema;
  return [
    `### ${headingOf(operation)}`,
    `${summary}. ${description ?? ''}`.trim(),
    `Called \`${operationId}\` in the OpenAPI document and in the SDK.`,
    ...(parameters.length === 0 ? [] : [parameterTable(parameters)]),
    ...(body === undefined ? [] : [bodyText(body, document)]),
    answersText(operation),
    '**Example**',
    example(exchange),
  ].join('\n\n');
}

function parameterTable(parameters: readonly Parameter[]): string {
  const rows = parameters.map(({ name, in: place, required, description, schema }) =>
    row([
      `\`${name}\`${required === true ? ' (required)' : ''}`,
      place,
      typeText(schema),
      detailText({ ...schema, ...(description !== undefined && { description }) }),
    ]),
  );
  return ['| Parameter | In | Type | What it is |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function bodyText(body: Schema, { components }: OpenApiDocument): string {
  const named = body.$ref === undefined ? undefined : components.schemas[nameOf(body.$ref)];
  const table = fieldTable(named ?? body);
  return table === '' ? `**Body:** ${typeText(body)}` : `**Body**\n\n${table}`;
}

function answersText({ responses }: LocatedOperation): string {
  const entries = Object.entries(responses);
  const good = entries
    .filter(([status]) => status < '400')
    .map(([status, { description, content = {} }]) => {
      const [schema] = Object.values(content).map((each) => each.schema);
      return `\`${status}\` ${schema === undefined ? description : typeText(schema)}`;
    });
  const bad = entries
    .filter(([status]) => status >= '400')
    .map(([status, { description }]) => `\`${status}\` ${description}`);
  return [
    `**Answers:** ${good.join('; ')}`,
    ...(bad.length === 0 ? [] : [`**Errors:** ${bad.join('; ')}`]),
  ].join('\n\n');
}

function renderSchema(name: string, schema: Schema): string {
  const choices = (schema.oneOf ?? schema.anyOf ?? []).flatMap(({ $ref }) =>
    $ref === undefined ? [] : [nameOf($ref)],
  );
  const table = fieldTable(schema);
  return [
    `### ${name}`,
    ...(schema.description === undefined ? [] : [schema.description]),
    ...(choices.length > 0 ? [`One of ${choices.map(schemaLink).join(', ')}.`] : []),
    ...(choices.length === 0 && table === '' ? [typeText(schema)] : []),
    ...(table === '' ? [] : [table]),
  ].join('\n\n');
}
