import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Application } from 'express';

import { ComponentRegistry } from '../components/component-registry';
import { buildOpenApiDocument } from './openapi-document';
import type { StaticFile } from './swagger-ui/data-images';
import { DOCS_PATH, readSwaggerUiFiles } from './swagger-ui/swagger-ui-files';

export const OPENAPI_PATH = '/api/v1/openapi.json';

/** The files change only with the program; an hour's old page does no harm. */
const CACHE_CONTROL = 'public, max-age=3600';

/**
 * Serves the OpenAPI document and Swagger UI, both without a key. To be called before `app.init()`, which puts
 * Nest's "not found" behind them. Both are made at their first request: most processes never serve one.
 */
export function installOpenApi(app: NestExpressApplication, version: string): void {
  const server = app.getHttpAdapter().getInstance() as Application;

  let document: string | undefined;
  server.get(OPENAPI_PATH, (_request, response) => {
    document ??= JSON.stringify(
      buildOpenApiDocument(app, version, app.get(ComponentRegistry, { strict: false }).types),
    );
    response.type('application/json').send(document);
  });

  let files: ReadonlyMap<string, StaticFile> | undefined;
  server.get([DOCS_PATH, `${DOCS_PATH}/:name`], (request, response, next) => {
    files ??= readSwaggerUiFiles(OPENAPI_PATH);
    const file = files.get(request.path.replace(/\/$/, ''));
    if (file === undefined) {
      next();
      return;
    }
    response.setHeader('Cache-Control', CACHE_CONTROL);
    response.type(file.contentType).send(file.body);
  });
}
