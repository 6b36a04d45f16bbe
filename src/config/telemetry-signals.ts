import type { z } from 'zod';

import type { TelemetrySignals } from './app-config';
import type { variablesSchema } from './variables';

/**
 * What OpenTelemetry's variables ask for: the signals that have an endpoint and an exporter. Their standard sends to
 * localhost where no endpoint is set; we send nothing then, so that a program that is just started calls nobody.
 *
 * @returns null where nothing is asked for
 */
export function telemetryOf(variables: z.output<typeof variablesSchema>): TelemetrySignals | null {
  if (variables.OTEL_SDK_DISABLED === 'true') return null;
  const everywhere = variables.OTEL_EXPORTER_OTLP_ENDPOINT;
  const hasTraces = (variables.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? everywhere) !== undefined;
  const hasMetrics = (variables.OTEL_EXPORTER_OTLP_METRICS_ENDPOINT ?? everywhere) !== undefined;
  const traces = hasTraces && variables.OTEL_TRACES_EXPORTER === 'otlp';
  const protocol =
    variables.OTEL_EXPORTER_OTLP_METRICS_PROTOCOL ?? variables.OTEL_EXPORTER_OTLP_PROTOCOL ?? 'http/protobuf';
  const intervalMs = variables.OTEL_METRIC_EXPORT_INTERVAL;
  const metrics = hasMetrics && variables.OTEL_METRICS_EXPORTER === 'otlp' ? { protocol, intervalMs } : null;
  return traces || metrics !== null
    ? Object.freeze({ traces, metrics, headers: headersOf(variables) })
    : null;
}

function headersOf(variables: z.output<typeof variablesSchema>): TelemetrySignals['headers'] {
  const names = [
    'OTEL_EXPORTER_OTLP_HEADERS',
    'OTEL_EXPORTER_OTLP_TRACES_HEADERS',
    'OTEL_EXPORTER_OTLP_METRICS_HEADERS',
  ] as const;
  const given = names.flatMap((name) => {
    const value = variables[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.freeze(Object.fromEntries(given));
}
