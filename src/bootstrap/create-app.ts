import type { Server } from 'node:http';

import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';

import { AppModule } from '../app.module';
import { HttpAudit } from '../audit/http-audit';
import { ErrorResponder } from '../common/errors/error-responder';
import { configureHttp, installFallbacks } from '../common/http/configure-http';
import { refuseBrokenRequests } from '../common/http/refuse-broken-requests';
import type { Shutdown } from '../common/shutdown/shutdown';
import type { AppConfig } from '../config/app-config';
import { isImportPath } from '../import-export/import-paths';
import { HttpMetrics } from '../metrics/http-metrics';
import { installOpenApi } from '../openapi/install-openapi';
import { RateLimiter } from '../rate-limit/rate-limiter';
import { isWebhookAddress } from '../webhooks/webhook-token';
import { applyPrefix } from './apply-prefix';

/**
 * Makes the application, ready to listen: the database is connected and migrated, the features have started.
 *
 * @param shutdown asked at each request: once it drains, an answer is the last one on its connection
 */
export async function createApp(
  config: AppConfig,
  databaseUrl: string,
  shutdown: Shutdown,
): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(
    AppModule.register(config, databaseUrl, shutdown),
    {
      bodyParser: false,
      abortOnError: false,
    },
  );
  const server: Server = app.getHttpServer();
  server.keepAliveTimeout = config.keepAliveSeconds * 1_000;
  refuseBrokenRequests(server);
  const responder = app.get(ErrorResponder);
  // First of all, so that the time of everything counts.
  app.use(app.get(HttpMetrics).observe);
  if (config.role !== 'worker' && config.auditEnabled) app.use(app.get(HttpAudit).observe);
  configureHttp(app, responder, {
    trustProxyHops: config.trustProxyHops,
    admit: app.get(RateLimiter).admit,
    keepsRawBody: isWebhookAddress,
    readsOwnBody: isImportPath,
  });
  app.use((_request: Request, response: Response, next: NextFunction) => {
    // Whoever keeps a connection open makes the next one elsewhere.
    if (shutdown.isDraining) response.setHeader('Connection', 'close');
    next();
  });
  applyPrefix(app);
  if (config.role !== 'worker') installOpenApi(app, config.version);
  await app.init();
  installFallbacks(app, responder);
  return app;
}
