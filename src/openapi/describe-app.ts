import { NestFactory } from '@nestjs/core';
import type { OpenAPIObject } from '@nestjs/swagger';

import { AppModule } from '../app.module';
import { applyPrefix } from '../bootstrap/apply-prefix';
import { Shutdown } from '../common/shutdown/shutdown';
import { createComponentTypes } from '../components/component-types';
import { StdioLauncher } from '../components/mcp-server/stdio-launcher';
import { McpUpstreams } from '../components/mcp-server/mcp-upstreams';
import type { AppConfig } from '../config/app-config';
import { EgressGuard } from '../security/egress/egress-guard';
import { Sandbox } from '../security/sandbox/sandbox';
import { buildOpenApiDocument } from './openapi-document';

/** Never connected to: a preview makes no providers. */
const NO_DATABASE = 'postgresql://127.0.0.1:1/none';

/** The OpenAPI document of the whole program, without starting it: no database, no port. */
export async function describeApp(config: AppConfig): Promise<OpenAPIObject> {
  const app = await NestFactory.create(AppModule.register(config, NO_DATABASE, new Shutdown()), {
    preview: true,
    abortOnError: false,
    logger: ['error'],
  });
  applyPrefix(app);
  // The types are made, for their schemas, and never called.
  const sandbox = new Sandbox({ allowUnsandboxed: false, hidden: [] });
  const egress = new EgressGuard([]);
  try {
    const { fetch } = egress;
    const launcher = new StdioLauncher(sandbox, { paths: [], commands: null });
    const upstreams = new McpUpstreams({ egress, launcher, version: config.version });
    const databases = { query: () => Promise.reject(new Error('No component is called')) };
    const components = { find: () => Promise.resolve(null), findVersion: () => Promise.resolve(null) };
    const run = () => Promise.resolve(null);
    const types = createComponentTypes({ fetch, upstreams, sandbox, databases, components, run });
    return buildOpenApiDocument(app, config.version, types);
  } finally {
    await egress.close();
  }
}
