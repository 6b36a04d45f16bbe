import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Response } from 'express';

import { AppModule } from '../app.module';
import { HttpAudit } from '../audit/http-audit';
import { AppError } from '../common/errors/app-error';
import { ErrorResponder } from '../common/errors/error-responder';
import type { AppRequest } from '../common/http/app-request';
import { configureHttp, installFallbacks } from '../common/http/configure-http';
import { pathOf } from '../common/http/path-of';
import { refuseBrokenRequests } from '../common/http/refuse-broken-requests';
import type { Shutdown } from '../common/shutdown/shutdown';
import type { AppConfig } from '../config/app-config';
import { PROBE_PATHS } from '../health/health-paths';
import { isImportPath } from '../import-export/import-paths';
import { HttpMetrics } from '../metrics/http-metrics';
import { installOpenApi } from '../openapi/install-openapi';
import { RateLimiter } from '../rate-limit/rate-limiter';
import { isWebhookAddress } from '../webhooks/webhook-token';
import { applyPrefix } from './apply-prefix';

/** Answered to the end: whoever asks wants to know about the end. */
const PROBES = new Set(PROBE_PATHS.map((path) => `/${path}`));

/**
 * Makes the application, ready to listen: the database is connected and migrated, the features have started.
 *
 * @param shutdown asked at each request: once it stops they are refused with 503
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
  refuseBrokenRequests(app.getHttpServer());
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
  app.use((request: AppRequest, response: Response, next: NextFunction) => {
    // Whoever keeps a connection open makes the next one elsewhere.
    if (shutdown.isDraining) response.setHeader('Connection', 'close');
    if (!shutdown.stopping.aborted || PROBES.has(pathOf(request))) {
      next();
      return;
    }
    responder.answerError(
      new AppError('UNAVAILABLE', 'The server is stopping, try again'),
      request,
      response,
    );
  });
  applyPrefix(app);
  if (config.role !== 'worker') installOpenApi(app, config.version);
  await app.init();
  installFallbacks(app, responder);
  return app;
}
