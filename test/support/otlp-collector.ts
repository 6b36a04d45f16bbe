import { createServer, type IncomingHttpHeaders } from 'node:http';
import { json } from 'node:stream/consumers';

import { closeServer, listenOnLoopback } from './loopback-server';

/** A span as it came over the wire, its attributes by name. */
export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** 2 for an error. */
  readonly statusCode: number | undefined;
}

/** The far side of OpenTelemetry's exporters, over OTLP/HTTP in JSON: it keeps whatever is sent to it. */
export interface OtlpCollector {
  readonly url: string;
  readonly spans: readonly CollectedSpan[];
  /** What the spans were sent to belong to. */
  readonly resource: Readonly<Record<string, unknown>>;
  /** By name, as they were sent last. */
  readonly metrics: ReadonlyMap<string, OtlpMetric>;
  /** Of each request that came, with its path as `:path`. */
  readonly headers: readonly IncomingHttpHeaders[];
  close(): Promise<void>;
}

/** A metric in OTLP's JSON. */
export interface OtlpMetric {
  readonly name: string;
  readonly unit: string;
  readonly sum?: { readonly dataPoints: readonly OtlpPoint[]; readonly isMonotonic: boolean };
  readonly gauge?: { readonly dataPoints: readonly OtlpPoint[] };
  readonly histogram?: { readonly dataPoints: readonly OtlpPoint[] };
}

interface OtlpPoint {
  readonly attributes: readonly OtlpAttribute[];
  readonly asDouble?: number;
  readonly count?: number;
  readonly bucketCounts?: readonly number[];
  readonly explicitBounds?: readonly number[];
}

interface OtlpAttribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly attributes: readonly OtlpAttribute[];
  readonly status: { readonly code?: number };
}

interface OtlpBody {
  readonly resourceSpans?: readonly {
    readonly resource: { readonly attributes: readonly OtlpAttribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[];
  }[];
  readonly resourceMetrics?: readonly {
    readonly scopeMetrics: readonly { readonly metrics: readonly OtlpMetric[] }[];
  }[];
}

/** Starts a collector on a free port of the loopback. */
export async function startOtlpCollector(): Promise<OtlpCollector> {
  const spans: CollectedSpan[] = [];
  const resource: Record<string, unknown> = {};
  const metrics = new Map<string, OtlpMetric>();
  const headers: IncomingHttpHeaders[] = [];

  const take = ({ resourceSpans = [], resourceMetrics = [] }: OtlpBody): void => {
    for (const of of resourceSpans) {
      Object.assign(resource, attributesOf(of.resource.attributes));
      spans.push(...of.scopeSpans.flatMap((scope) => scope.spans).map(toSpan));
    }
    for (const metric of resourceMetrics.flatMap((of) => of.scopeMetrics).flatMap((scope) => scope.metrics)) {
      metrics.set(metric.name, metric);
    }
  };

  const server = createServer((request, response) => {
    headers.push({ ...request.headers, ':path': request.url });
    void json(request).then((body) => {
      take(body as OtlpBody);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  return {
    url: await listenOnLoopback(server),
    spans,
    resource,
    metrics,
    headers,
    close: () => closeServer(server),
  };
}

function toSpan({ parentSpanId = '', attributes, status, ...span }: OtlpSpan): CollectedSpan {
  return { ...span, parentSpanId, attributes: attributesOf(attributes), statusCode: status.code };
}

/** A value is told with its kind: `{"stringValue": "a"}`. */
function attributesOf(attributes: readonly OtlpAttribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
