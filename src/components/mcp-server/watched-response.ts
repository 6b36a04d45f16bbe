import { Response } from 'undici';

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

export function isEventStream(response: Response): boolean {
  return response.headers.get('content-type')?.startsWith('text/event-stream') === true;
}

/**
 * The same response with a body that is counted and whose end is told.
 * @param per `answer`: the limit is for all of the body; `event`: for each of its events, because it never ends
 */
export function watchResponse(
  response: Response,
  { maxBytes, per }: { readonly maxBytes: number; readonly per: 'answer' | 'event' },
  events: BodyEvents,
): Response {
  if (response.body === null) return response;
  const source = response.body as AsyncIterable<Uint8Array>;
  const isStream = isEventStream(response);
  let resumable = false;

  async function* counted(): AsyncGenerator<Uint8Array> {
    let size = 0;
    try {
      for await (const chunk of source) {
        size += chunk.byteLength;
        if (size > maxBytes) {
          events.tooLarge();
          return;
        }
        if (isStream) {
          const text = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1');
          resumable ||= EVENT_ID.test(text);
          if (per === 'event' && EVENT_END.test(text)) size = 0;
        }
        yield chunk;
      }
    } finally {
      events.ended(resumable);
    }
  }

  const { status, statusText, headers } = response;
  return new Response(ReadableStream.from(counted()), { status, statusText, headers });
}

/** A body read whole, up to the limit; null when it is longer. */
export async function readBounded(response: Response, maxBytes: number): Promise<Buffer | null> {
  if (response.body === null) return Buffer.alloc(0);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > maxBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
