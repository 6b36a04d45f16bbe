import {
  type Attributes,
  type Context,
  context,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';

/** What a span is told of when it begins. */
export interface SpanOptions {
  readonly attributes?: Attributes;
  readonly kind?: SpanKind;
  /** What it belongs to, as {@link currentTraceParent} gave it; left out or null: the span that is under way here. */
  readonly parent?: string | null;
}

/** The name that traces have our own spans under. */
const SCOPE = 'mcp-backend';

/**
 * Does `work` within a span, which ends with it; as an error where it rejects. Without OpenTelemetry, which is there only
 * when the environment asks for it (see `Telemetry`), this is a call of `work`.
 */
export function inSpan<Value>(
  name: string,
  { attributes = {}, kind = SpanKind.INTERNAL, parent = null }: SpanOptions,
  work: (span: Span) => Promise<Value>,
): Promise<Value> {
  const from = parent === null ? context.active() : contextOf(parent);
  return trace
    .getTracer(SCOPE)
    .startActiveSpan(name, { attributes, kind }, from, async (span): Promise<Value> => {
      try {
        return await work(span);
      } catch (error) {
        markFailed(span, error instanceof Error ? error.name : 'error');
        throw error;
      } finally {
        span.end();
      }
    });
}

/** Says that what a span stands for failed. No message: it could hold what traces must not. @param type a bounded set */
export function markFailed(span: Span, type: string): void {
  span.setAttribute('error.type', type);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

/**
 * The span that is under way here, in the form of the `traceparent` header, to go on from elsewhere; null for none.
 *
 * @see https://www.w3.org/TR/trace-context/#traceparent-header
 */
export function currentTraceParent(): string | null {
  return traceFields().traceparent ?? null;
}

/** The fields that carry the span that is under way here to another program (`traceparent`, `tracestate`, `baggage`). */
export function traceFields(): Readonly<Record<string, string>> & { readonly traceparent?: string } {
  const fields: Record<string, string> = {};
  propagation.inject(context.active(), fields);
  return fields;
}

/** Goes on with the trace of another program, from the fields that it sent; does nothing where there are none. */
export function withTraceFields<Value>(fields: Readonly<Record<string, unknown>>, work: () => Value): Value {
  return context.with(propagation.extract(context.active(), fields), work);
}

/** The ids of the span that is under way here, as logs have them; null for none. */
export function currentTrace(): { readonly traceId: string; readonly spanId: string } | null {
  return trace.getActiveSpan()?.spanContext() ?? null;
}

function contextOf(traceparent: string): Context {
  return propagation.extract(context.active(), { traceparent });
}
