import type { IncomingHttpHeaders } from 'node:http';
import { Headers, Response } from 'undici';
import type { EgressAnswer } from '../../security/egress/egress-guard';

/** What happens to a body while it is read. */
export interface BodyEvents {
  /** More than the limit has come; the body is cut off. */
  tooLarge(): void;
  /** The body has ended or broken off. `resumable`: it held event ids, so that the stream can be taken up again. */
  ended(resumable: boolean): void;
}

/** An `id:` field of server-sent events, at the beginning of a line. */
const EVENT_ID = /(^|\n)id:/;

/** Where an event of a stream ends. */
const EVENT_END = /\r?\n\r?\n/;

/** Statuses that a `Response` may not have a body with. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/** An answer whose body may have been looked at. */
export interface WatchedAnswer extends Pick<EgressAnswer, 'statusCode' | 'headers'> {
  readonly body: AsyncIterable<Buffer>;
}

export function isEventStream({ headers }: Pick<EgressAnswer, 'headers'>): boolean {
  return String(headers['content-type']).toLowerCase().startsWith('text/event-stream');
}

/**
 * An answer as a `Response` with a body that is counted and whose end is told.
 * @param per `answer`: the limit is for all of the body; `event`: for each of its events, because it never ends
 */
export function watchedResponse(
  { statusCode: status, headers, body }: WatchedAnswer,
  { maxBytes, per }: { readonly maxBytes: number; readonly per: 'answer' | 'event' },
  events: BodyEvents,
): Response {
  const isStream = isEventStream({ headers });
  let resumable = false;

  async function* counted(): AsyncGenerator<Uint8Array> {
    let size = 0;
    try {
      for await (const chunk of body) {
        size += chunk.byteLength;
        if (size > maxBytes) {
          events.tooLarge();
          return;
        }
        if (isStream) {
          const text = chunk.toString('latin1');
          resumable ||= EVENT_ID.test(text);
          if (per === 'event' && EVENT_END.test(text)) size = 0;
        }
        yield chunk;
      }
    } finally {
      events.ended(resumable);
    }
  }

  // There is nothing to read then.
  const content = WITHOUT_BODY.has(status) ? null : ReadableStream.from(counted());
  return new Response(content, { status, headers: headersOf(headers) });
}

function headersOf(headers: IncomingHttpHeaders): Headers {
  const made = new Headers();
  for (const [name, value = ''] of Object.entries(headers)) {
    for (const one of Array.isArray(value) ? value : [value]) made.append(name, one);
  }
  return made;
}
