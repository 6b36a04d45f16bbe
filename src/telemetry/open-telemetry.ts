import type { IncomingMessage, ServerResponse } from 'node:http';

import { Logger } from '@nestjs/common';
import { diag, DiagLogLevel, type Span } from '@opentelemetry/api';
import { OTLPMetricExporter as JsonMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtobufMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { UndiciInstrumentation, type UndiciRequest } from '@opentelemetry/instrumentation-undici';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import { AggregationType, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { NodeSDK, type NodeSDKConfiguration } from '@opentelemetry/sdk-node';
import type { Request, Response } from 'express';
import type { Registry } from 'prom-client';

import type { MetricExport, TelemetrySignals } from '../config/app-config';
import { setVariable } from '../config/load-config';
import { labelsOf } from '../metrics/request-labels';
import { PrometheusMetrics } from './prometheus-metrics';

/** How long a shutdown waits for the collector to take the last spans. */
const STOP_PATIENCE_MS = 1_000;

/** What is asked every few seconds by machines, and tells nothing that the metrics do not. */
const PROBE_PATHS = /^\/(health(\/|$)|api\/v1\/metrics(\/|$)|metrics(\/|$))/;

/**
 * OpenTelemetry's SDK, set up by its own variables (`OTEL_EXPORTER_OTLP_*`, `OTEL_SERVICE_NAME`,
 * `OTEL_TRACES_SAMPLER` …), with two changes: our metrics are those of `/metrics`, and logs are not exported.
 */
export class OpenTelemetry {
  private constructor(
    private readonly sdk: NodeSDK,
    private readonly metrics: PrometheusMetrics,
  ) {}

  static start(signals: TelemetrySignals, version: string): OpenTelemetry {
    const logger = new Logger('Telemetry');
    // Never fatal, and never more than a line: the service goes on without its collector.
    const warn = (message: string): void => {
      logger.warn(message);
    };
    const silent = (): void => undefined;
    diag.setLogger(
      { error: warn, warn, info: silent, debug: silent, verbose: silent },
      { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
    );

    // The SDK reads them from the environment alone, where those that were given as files do not stand.
    for (const [name, value] of Object.entries(signals.headers)) setVariable(name, value);

    const own = resourceFromAttributes({ 'service.name': 'mcp-backend', 'service.version': version });
    const metrics = new PrometheusMetrics(version);
    const sdk = new NodeSDK({
      // What the environment says of the resource goes before this.
      resource: defaultResource().merge(own),
      instrumentations: [incomingRequests(), new UndiciInstrumentation({ requestHook: hideAddress })],
      metricReaders: signals.metrics === null ? [] : [metricReader(signals.metrics, metrics)],
      // Those of the instrumentations: requests are counted by ours.
      views: [{ instrumentName: '*', aggregation: { type: AggregationType.DROP } }],
      logRecordProcessors: [],
      ...(!signals.traces && { spanProcessors: [] }),
    } satisfies Partial<NodeSDKConfiguration>);
    sdk.start();
    return new OpenTelemetry(sdk, metrics);
  }

  exportMetricsOf(registry: Registry): void {
    this.metrics.read(registry);
  }

  async stop(): Promise<void> {
    const patience = new Promise<void>((resolve) => setTimeout(resolve, STOP_PATIENCE_MS).unref());
    await Promise.race([this.sdk.shutdown().catch(() => undefined), patience]);
  }
}

function metricReader(
  { protocol, intervalMs }: MetricExport,
  metrics: PrometheusMetrics,
): PeriodicExportingMetricReader {
  const exporter = protocol === 'http/json' ? new JsonMetricExporter() : new ProtobufMetricExporter();
  return new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: intervalMs,
    exportTimeoutMillis: intervalMs,
    metricProducers: [metrics],
  });
}

/** A span for each request that comes in; what goes out, goes out by undici. */
function incomingRequests(): HttpInstrumentation {
  return new HttpInstrumentation({
    ignoreIncomingRequestHook: ({ url = '' }) => PROBE_PATHS.test(url),
    ignoreOutgoingRequestHook: () => true,
    applyCustomAttributesOnSpan: nameByRoute,
  });
}

/** Tokens stand in paths and queries of what is called, for some of the most used of the web: its origin is enough. */
function hideAddress(span: Span, { origin }: UndiciRequest): void {
  span.setAttributes({ 'url.full': origin, 'url.path': '', 'url.query': '' });
}

/** Names a span by the template of its route, as its metrics are. */
function nameByRoute(span: Span, request: unknown, response: unknown): void {
  const { method, route } = labelsOf(
    request as IncomingMessage & Request,
    response as ServerResponse & Response,
  );
  span.updateName(`${method} ${route}`);
  // The address of a webhook is a secret.
  span.setAttributes({ 'http.route': route, 'url.path': route, 'url.query': '' });
}
