import { STATUS_CODES } from 'node:http';

import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';

import type { ComponentType } from '../components/component-type';
import { domainSchemas } from './domain-schemas';
import { isNode, type SchemaNode } from './schema-walk';
import { toWireSchemas } from './to-wire-schemas';
import { writeSpecFields } from './with-spec';

/** The name of the one security scheme. */
const API_KEY = 'apiKey';

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
    .addApiKey({ type: 'apiKey', in: 'header', name: 'X-API-Key' }, API_KEY)
    .addSecurityRequirements(API_KEY)
    .build();
  const document = SwaggerModule.createDocument(app, outline);
  toWireSchemas(document);
  // The library's types are those of 3.0, which know less than the 3.1 schemas that go in here.
  const schemas = ((document.components ??= {}).schemas ??= {}) as SchemaNode;
  closeDtos(schemas);
  Object.assign(schemas, domainSchemas(types));
  writeSpecFields(document.paths, schemas);
  finishOperations(document);
  return document;
}

/** Unknown fields of a body are refused; a reader of the document should know. */
function closeDtos(schemas: SchemaNode): void {
  for (const [name, schema] of Object.entries(schemas)) {
    if (name.endsWith('Dto') && isNode(schema)) schema.additionalProperties = false;
  }
}

/** Every answer is described (3.1 demands it), and health is open without a key. */
function finishOperations(document: OpenAPIObject): void {
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const operation of Object.values(operations) as unknown[]) {
      if (!isNode(operation) || !isNode(operation.responses)) continue;
      if (path.endsWith('/health')) operation.security = [];
      for (const [status, response] of Object.entries(operation.responses)) {
        if (isNode(response) && response.description === '')
          response.description = STATUS_CODES[status] ?? status;
      }
    }
  }
}
