import { type INestApplication, RequestMethod } from '@nestjs/common';

import { MCP_PATHS } from '../gateway/mcp-paths';
import { RESOURCE_METADATA_PATHS } from '../gateway/oauth/resource-metadata';
import { HEALTH_PATHS, PROBE_PATHS } from '../health/health-paths';
import { WEBHOOK_POST_ROUTE } from '../webhooks/webhook-token';

/** Puts the API under its prefix: all but what others than its clients call. */
export function applyPrefix(app: INestApplication): void {
  app.setGlobalPrefix('api/v1', {
    exclude: [
      ...HEALTH_PATHS,
      ...PROBE_PATHS,
      ...MCP_PATHS,
      ...RESOURCE_METADATA_PATHS,
      { path: WEBHOOK_POST_ROUTE, method: RequestMethod.POST },
    ],
  });
}
