import {
  type DynamicModule,
  Module,
  type ModuleMetadata,
  type NestInterceptor,
  type Type,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';

import { ApiKeysModule } from './api-keys/api-keys.module';
import { AuditModule } from './audit/audit.module';
import { AuthModule } from './auth/auth.module';
import { ApiKeyGuard } from './common/auth/api-key.guard';
import { ScopeGuard } from './common/auth/scope.guard';
import { ClockModule } from './common/clock.module';
import { EntityTagInterceptor } from './common/conditional/entity-tag.interceptor';
import { AppErrorFilter } from './common/errors/app-error.filter';
import { ErrorResponder } from './common/errors/error-responder';
import type { Shutdown } from './common/shutdown/shutdown';
import { ShutdownModule } from './common/shutdown/shutdown.module';
import { DtoPipe } from './common/wire/dto.pipe';
import { ToWireInterceptor } from './common/wire/to-wire.interceptor';
import { ComponentsModule } from './components/components.module';
import type { AppConfig } from './config/app-config';
import { ConfigModule } from './config/config.module';
import { isWorthAnotherTry } from './database/connection-failure';
import { DashboardModule } from './dashboard/dashboard.module';
import { RunStatsModule } from './dashboard/run-stats.module';
import { DatabaseModule } from './database/database.module';
import { DefinitionsModule } from './definitions/definitions.module';
import { EngineModule } from './engine/engine.module';
import { ExternalDatabasesModule } from './external-db/external-databases.module';
import { ExternalDbModule } from './external-db/external-db.module';
import { GatewayModule } from './gateway/gateway.module';
import { HEALTH_PATHS, PROBE_PATHS } from './health/health-paths';
import { HealthModule } from './health/health.module';
import { ImportExportModule } from './import-export/import-export.module';
import { IdempotencyInterceptor } from './idempotency/idempotency.interceptor';
import { IdempotencyModule } from './idempotency/idempotency.module';
import { MetricsModule } from './metrics/metrics.module';
import { RateLimitModule } from './rate-limit/rate-limit.module';
import { RetentionModule } from './retention/retention.module';
import { RunsModule } from './runs/runs.module';
import { ScheduleFiringModule } from './schedules/schedule-firing.module';
import { SchedulesModule } from './schedules/schedules.module';
import { SecretValuesModule } from './secrets/secret-values.module';
import { SecretsModule } from './secrets/secrets.module';
import { SecretBoxModule } from './security/secret-box/secret-box.module';
import { ToolsetsModule } from './toolsets/toolsets.module';
import { isWebhookAddress } from './webhooks/webhook-token';
import { WebhooksModule } from './webhooks/webhooks.module';
import { WorkflowsModule } from './workflows/workflows.module';

type Imports = NonNullable<ModuleMetadata['imports']>;

/** What answers requests with a key: one line a feature. */
const apiFeatures: Imports = [
  // First: Express tries routes in the order of their modules, and this one is asked most.
  GatewayModule,
  ApiKeysModule,
  AuditModule,
  AuthModule,
  DefinitionsModule,
  WorkflowsModule,
  RunsModule,
  SchedulesModule,
  ToolsetsModule,
  WebhooksModule,
  DashboardModule,
  ExternalDbModule,
  SecretsModule,
  ImportExportModule,
  IdempotencyModule,
];

const healthPaths = [...HEALTH_PATHS, ...PROBE_PATHS].map((path) => `/${path}`);

/** What comes on a schedule is not counted; health needs no key, and webhooks have secrets of their own. */
const rateLimitPaths = {
  uncounted: new Set([...healthPaths, '/api/v1/metrics', '/api/v1/metrics/summary']),
  isOpen: (path: string): boolean => healthPaths.includes(path) || isWebhookAddress(path),
};

/** The first is the outermost: it has an answer last, as it goes out. */
function interceptors(servesApi: boolean): { provide: string; useClass: Type<NestInterceptor> }[] {
  const all = [...(servesApi ? [IdempotencyInterceptor] : []), EntityTagInterceptor, ToWireInterceptor];
  return all.map((useClass) => ({ provide: APP_INTERCEPTOR, useClass }));
}

/** Guards run in this order. */
const apiGuards = [ApiKeyGuard, ScopeGuard].map((useClass) => ({ provide: APP_GUARD, useClass }));

/** The program: what every role has, and what each adds. */
@Module({})
export class AppModule {
  /**
   * @param databaseUrl of the embedded server when the configuration names none
   * @param shutdown what the process has been told about its end
   */
  static register(config: AppConfig, databaseUrl: string, shutdown: Shutdown): DynamicModule {
    const servesApi = config.role !== 'worker';
    const drivesRuns = config.role !== 'api';
    return {
      module: AppModule,
      imports: [
        ConfigModule.register(config),
        ClockModule,
        ShutdownModule.register(shutdown),
        DatabaseModule.register(databaseUrl, shutdown.stopping),
        SecretBoxModule,
        ExternalDatabasesModule,
        SecretValuesModule,
        HealthModule,
        MetricsModule.register({ isPublic: config.metricsPublic, hasKeys: servesApi }),
        RateLimitModule.register(rateLimitPaths),
        RunStatsModule,
        EngineModule.register(ComponentsModule, {
          drivesRuns,
          concurrency: config.workerConcurrency,
          stopGraceMs: config.shutdownGraceSeconds * 1_000,
        }),
        ...(servesApi ? apiFeatures : []),
        ...(drivesRuns ? [ScheduleFiringModule, RetentionModule] : []),
      ],
      providers: [
        { provide: ErrorResponder, useFactory: () => new ErrorResponder(isWorthAnotherTry) },
        {
          provide: APP_FILTER,
          inject: [ErrorResponder],
          useFactory: (responder: ErrorResponder) => new AppErrorFilter(responder),
        },
        { provide: APP_PIPE, useClass: DtoPipe },
        ...interceptors(servesApi),
        ...(servesApi ? apiGuards : []),
      ],
    };
  }
}
