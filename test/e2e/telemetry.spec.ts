import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { eventually } from '../support/eventually';
import { type McpUpstream, startUpstream } from '../support/mcp/upstream';
import { type CollectedSpan, type OtlpCollector, startOtlpCollector } from '../support/otlp-collector';
import { RunClient } from '../support/run-client';
import { type RunningRest, startRest } from '../support/start-rest';

/** The trace that a client is in: its id and its span. */
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const CLIENT_SPAN = 'b7ad6b7169203331';
const TRACEPARENT = `00-${TRACE_ID}-${CLIENT_SPAN}-01`;

const ERROR_STATUS = 2;
/** Of a span that stands for a request that came in. */
const SERVER_KIND = 2;

describe('OpenTelemetry', () => {
  let collector: OtlpCollector;
  let running: RunningRest;
  let runs: RunClient;
  let target: { url: string; headers: IncomingHttpHeaders[]; close: () => Promise<void> };
  let upstream: McpUpstream;
  const folder = mkdtempSync(join(tmpdir(), 'telemetry-'));
  /** The `_meta` of each call that the MCP server got. */
  const metas: Record<string, unknown>[] = [];

  beforeAll(async () => {
    collector = await startOtlpCollector();
    target = await startTarget();
    upstream = await startUpstream((server) => {
      server.registerCapabilities({ tools: {} });
      server.setRequestHandler('tools/list', () => ({
        tools: [{ name: 'echo', inputSchema: { type: 'object' as const } }],
      }));
      server.setRequestHandler('tools/call', ({ params }) => {
        metas.push({ ...params._meta });
        return { content: [{ type: 'text' as const, text: 'done' }] };
      });
    });
    const headers = join(folder, 'headers');
    writeFileSync(headers, 'authorization=Bearer%20for-the-collector\n');
    running = await startRest({
      env: {
        EGRESS_ALLOW: 'loopback',
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
        OTEL_EXPORTER_OTLP_HEADERS_FILE: headers,
        OTEL_METRIC_EXPORT_INTERVAL: '200',
        OTEL_BSP_SCHEDULE_DELAY: '100',
        OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
      },
    });
    runs = new RunClient(running.rest);
  });

  afterAll(async () => {
    await running.app.stop();
    await Promise.all([collector.close(), target.close(), upstream.close()]);
    rmSync(folder, { recursive: true });
  });

  /** Starts a run within the client's trace, waits for its end, and gives the spans of that trace once all are there. */
  async function trace(steps: readonly object[], expected: readonly string[]): Promise<CollectedSpan[]> {
    const workflowId = await runs.createWorkflow({ steps });
    const before = collector.spans.length;
    const body = { workflow_definition_id: workflowId, parameters: {} };
    const headers = { traceparent: TRACEPARENT };
    const started = await running.rest.send<{ id: string }>('POST', '/workflow-runs', body, headers);
    await runs.ended(started.body.id);
    const inTrace = (): CollectedSpan[] =>
      collector.spans.slice(before).filter(({ traceId }) => traceId === TRACE_ID);
    await eventually(() => expected.every((name) => inTrace().some((span) => span.name === name)));
    return inTrace();
  }

  it('follows a request to its run, the steps of that, and what they call', async () => {
    const http = await runs.createComponent({
      type: 'http_request',
      method: 'GET',
      url: `${target.url}/orders?token=hunter2`,
    });
    const spans = await trace(
      [{ id: 'fetch', uses: { mcp_definition_id: http } }],
      ['POST /api/v1/workflow-runs', 'workflow.run', 'workflow.step', 'GET'],
    );
    const [request, run, step, call] = [
      'POST /api/v1/workflow-runs',
      'workflow.run',
      'workflow.step',
      'GET',
    ].map((name) => only(spans, name));

    expect(request?.parentSpanId).toBe(CLIENT_SPAN);
    expect(request?.attributes).toMatchObject({
      'http.route': '/api/v1/workflow-runs',
      'http.response.status_code': 201,
    });
    expect(run?.parentSpanId).toBe(request?.spanId);
    expect(run?.attributes['mcp_backend.run.id']).toEqual(expect.any(String));
    expect(step?.parentSpanId).toBe(run?.spanId);
    expect(step?.attributes).toMatchObject({ 'mcp_backend.step.id': 'fetch', 'mcp_backend.step.attempt': 1 });
    expect(call?.parentSpanId).toBe(step?.spanId);
    // The far side goes on with it.
    expect(target.headers.at(-1)?.traceparent).toBe(`00-${TRACE_ID}-${call?.spanId ?? ''}-01`);
    // Addresses hold secrets.
    expect(JSON.stringify(collector.spans)).not.toMatch(/hunter2|\/orders/);
    expect(collector.resource).toMatchObject({
      'service.name': 'mcp-backend',
      'deployment.environment.name': 'test',
    });
  });

  it('passes the trace on in the _meta of an MCP call', async () => {
    const server = await runs.createComponent({
      type: 'mcp_server',
      transport: 'streamable_http',
      url: upstream.url,
    });
    const spans = await trace(
      [{ id: 'call', uses: { mcp_definition_id: server, tool: 'echo' } }],
      ['workflow.step', 'tools/call'],
    );
    const call = only(spans, 'tools/call');
    expect(call.parentSpanId).toBe(only(spans, 'workflow.step').spanId);
    expect(call.attributes).toMatchObject({ 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': 'echo' });
    expect(metas.at(-1)).toMatchObject({ traceparent: `00-${TRACE_ID}-${call.spanId}-01` });
  });

  it('shows failed steps by their code, and no message', async () => {
    const http = await runs.createComponent({
      type: 'http_request',
      method: 'GET',
      url: `${target.url}/missing`,
    });
    const spans = await trace([{ id: 'fetch', uses: { mcp_definition_id: http } }], ['workflow.step']);
    expect(only(spans, 'workflow.step')).toMatchObject({
      statusCode: ERROR_STATUS,
      attributes: { 'error.type': 'UNEXPECTED_STATUS' },
    });
  });

  it('exports the metrics that /metrics shows', async () => {
    await eventually(() => collector.metrics.get('http_request_duration_seconds')?.histogram !== undefined);
    const info = collector.metrics.get('mcp_backend_info');
    expect(info?.gauge?.dataPoints[0]).toMatchObject({ asDouble: 1 });
    const durations = collector.metrics.get('http_request_duration_seconds');
    expect(durations?.unit).toBe('s');
    for (const { count, bucketCounts, explicitBounds } of durations?.histogram?.dataPoints ?? []) {
      expect(bucketCounts?.reduce((sum, bucket) => sum + bucket, 0)).toBe(count);
      expect(bucketCounts?.length).toBe((explicitBounds?.length ?? 0) + 1);
    }
    const text = await running.rest.text('/metrics');
    const shown = [...text.matchAll(/^# TYPE (\S+) (counter|gauge|histogram)$/gm)].map(([, name]) => name);
    await eventually(() => shown.every((name) => collector.metrics.has(name ?? '')));
    expect([...collector.metrics.keys()].sort()).toEqual(shown.sort());
  });

  it('tells the collector the headers that stand in a file', async () => {
    const of = (path: string) => collector.headers.filter((headers) => headers[':path'] === path);
    await eventually(() => of('/v1/traces').length > 0 && of('/v1/metrics').length > 0);
    const tokens = new Set(collector.headers.map(({ authorization }) => authorization));
    expect([...tokens]).toEqual(['Bearer for-the-collector']);
  });

  it('begins no trace by itself: a worker that looks for work makes none', async () => {
    // The worker looks every second. Its looks would have come with the spans that were awaited above.
    await eventually(() => collector.spans.some(({ name }) => name === 'workflow.run'));
    const begun = collector.spans.filter(({ parentSpanId }) => parentSpanId === '');
    expect(begun.filter(({ kind }) => kind !== SERVER_KIND)).toEqual([]);
    expect(begun.length).toBeGreaterThan(0);
  });
});

function only(spans: readonly CollectedSpan[], name: string): CollectedSpan {
  const found = spans.filter((span) => span.name === name);
  const [span] = found;
  if (span === undefined || found.length > 1) throw new Error(`${found.length} spans are called ${name}`);
  return span;
}

async function startTarget(): Promise<{
  url: string;
  headers: IncomingHttpHeaders[];
  close: () => Promise<void>;
}> {
  const headers: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    headers.push(request.headers);
    response
      .writeHead(request.url?.startsWith('/orders') ? 200 : 404, { 'content-type': 'application/json' })
      .end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    headers,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
