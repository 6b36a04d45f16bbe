import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';

import type { ComponentType } from '../components/component-type';
import { domainSchemas } from './domain-schemas';
import { toWireSchemas } from './to-wire-schemas';

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
  openWithoutKey(document);
  // Types for 3.0 describe less than the 3.1 schemas that stand here.
  Object.assign((document.components ??= {}).schemas ?? {}, domainSchemas(types));
  return document;
}

/** Health answers without a key. */
function openWithoutKey(document: OpenAPIObject): void {
  for (const [path, operations] of Object.entries(document.paths)) {
    if (path.endsWith('/health') && operations.get !== undefined) operations.get.security = [];
  }
}
