import { STATUS_CODES } from 'node:http';

import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, getSchemaPath, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';

import { ERROR_CODES, type ErrorCode } from '../common/errors/error-codes';
import { ErrorResponse } from '../common/errors/error.response';
import type { ComponentType } from '../components/component-type';
import { PROBE_PATHS } from '../health/health-paths';
import { describeEntityTags } from './describe-entity-tags';
import { describeParameters } from './describe-parameters';
import { describeRateLimits } from './describe-rate-limits';
import { domainSchemas } from './domain-schemas';
import { isNode, operationsOf, type SchemaNode } from './schema-walk';
import { stateLimits } from './state-limits';
import { toWireSchemas } from './to-wire-schemas';
import { writeSpecFields } from './with-spec';

type SecuritySchemes = NonNullable<NonNullable<OpenAPIObject['components']>['securitySchemes']>;

/** Any one of these lets a request in. */
const SECURITY_SCHEMES: SecuritySchemes = {
  apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'An API key' },
  bearer: { type: 'http', scheme: 'bearer', description: "An API key, or a session's token (a JWT)" },
  sessionCookie: {
    type: 'apiKey',
    in: 'cookie',
    name: 'mcp_session',
    description:
      "A browser's session; `__Host-mcp_session` over TLS. What changes something needs the session's `csrf_token` " +
      'in `X-CSRF-Token` too.',
  },
};

/** What every operation that needs a key can answer, whatever it does. */
const COMMON_ERRORS: readonly ErrorCode[] = [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'RATE_LIMITED',
  'INTERNAL',
  'UNAVAILABLE',
];

const DESCRIPTION = `Components are defined and versioned as MCP definitions, put together as workflow definitions,
and executed as workflow runs. Every error is \`{"detail", "code"}\`; lists take \`skip\` and \`limit\`.`;

/**
 * The OpenAPI 3.1 document of the application's routes.
 *
 * @param app needs its modules scanned only: it may be neither initialised nor connected
 * @param version the program's own
 */
export function buildOpenApiDocument(
  app: INestApplication,
  version: string,
  types: readonly ComponentType[],
): OpenAPIObject {
  const outline = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('MCP Backend API')
    .setDescription(DESCRIPTION)
    .setVersion(version)
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer('/')
    .build();
  outline.security = Object.keys(SECURITY_SCHEMES).map((scheme) => ({ [scheme]: [] }));
  outline.components = { securitySchemes: SECURITY_SCHEMES };
  const document = SwaggerModule.createDocument(app, outline, { extraModels: [ErrorResponse] });
  toWireSchemas(document);
  describeParameters(document);
  // The library's types are those of 3.0, which know less than the 3.1 schemas that go in here.
  const schemas = ((document.components ??= {}).schemas ??= {}) as SchemaNode;
  closeDtos(schemas);
  // Copies: what follows changes them, and configurations are checked by the originals.
  Object.assign(schemas, structuredClone(domainSchemas(types)));
  writeSpecFields(document.paths, schemas);
  describeHealth(document);
  describeEntityTags(document);
  describeAnswers(document);
  describeRateLimits(document);
  listTags(document);
  stateLimits(document);
  // Whoever is given this document may call every server that it names.
  for (const server of document.servers ?? []) Object.assign(server, { 'x-internal': false });
  return document;
}

/** The groups of operations, in the order in which they come. */
function listTags(document: OpenAPIObject): void {
  const names = operationsOf(document).flatMap(({ tags }) => tags as string[]);
  document.tags = [...new Set(names)].map((name) => ({ name }));
}

/** Unknown fields of a body are refused; a reader of the document should know. */
function closeDtos(schemas: SchemaNode): void {
  for (const [name, schema] of Object.entries(schemas)) {
    if (name.endsWith('Dto') && isNode(schema)) schema.additionalProperties = false;
  }
}

/**
 * Health answers under two paths, the second for clients that know the prefix only: one is described. It and the probes
 * are open without a key.
 */
function describeHealth(document: OpenAPIObject): void {
  Reflect.deleteProperty(document.paths, '/api/v1/health');
  const operation = document.paths['/health']?.get;
  if (operation === undefined) return;
  operation.operationId = 'getHealth';
  operation.summary = 'Whether the program can serve requests';
  for (const path of ['health', ...PROBE_PATHS]) {
    const probe = document.paths[`/${path}`]?.get;
    if (probe !== undefined) probe.security = [];
  }
}

/**
 * What an operation can answer for what it takes: any parameter can be wrong, and a body also too large or of another
 * type than JSON.
 */
function inputErrors({ parameters, requestBody }: SchemaNode): readonly ErrorCode[] {
  if (requestBody !== undefined) return ['INVALID_REQUEST', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'];
  return Array.isArray(parameters) && parameters.length > 0 ? ['INVALID_REQUEST'] : [];
}

/** Adds the errors that follow from how an operation is called, and a description to every answer (3.1 demands it). */
function describeAnswers(document: OpenAPIObject): void {
  for (const operation of operationsOf(document)) {
    if (!isNode(operation.responses)) continue;
    const needsKey = operation.security === undefined;
    for (const code of [...inputErrors(operation), ...(needsKey ? COMMON_ERRORS : [])]) {
      operation.responses[ERROR_CODES[code].status] ??= errorAnswer(code);
    }
    for (const [status, response] of Object.entries(operation.responses)) {
      if (isNode(response) && response.description === '')
        response.description = STATUS_CODES[status] ?? status;
    }
  }
}

function errorAnswer(code: ErrorCode): SchemaNode {
  const schema = { $ref: getSchemaPath(ErrorResponse) };
  return { description: code, content: { 'application/json': { schema } } };
}
