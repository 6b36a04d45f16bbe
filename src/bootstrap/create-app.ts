import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Response } from 'express';

import { AppModule } from '../app.module';
import { HttpAudit } from '../audit/http-audit';
import { AppError } from '../common/errors/app-error';
import { ErrorResponder } from '../common/errors/error-responder';
import type { AppRequest } from '../common/http/app-request';
import { configureHttp, installFallbacks } from '../common/http/configure-http';
import { refuseBrokenRequests } from '../common/http/refuse-broken-requests';
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
 * @param isStopping asked at each request: from then on they are refused with 503
 */
export async function createApp(
  config: AppConfig,
  databaseUrl: string,
  isStopping: () => boolean,
): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(AppModule.register(config, databaseUrl), {
    bodyParser: false,
    abortOnError: false,
  });
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
    if (!isStopping()) {
      next();
      return;
    }
    response.setHeader('Connection', 'close');
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
