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

/** The same response with a body that is counted and whose end is told. */
export function watchResponse(response: Response, maxBytes: number, events: BodyEvents): Response {
  if (response.body === null) return response;
  const source = response.body as AsyncIterable<Uint8Array>;
  const isEventStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
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
        resumable ||= isEventStream && EVENT_ID.test(Buffer.from(chunk).toString('latin1'));
        yield chunk;
      }
    } finally {
      events.ended(resumable);
    }
  }
  const { status, statusText, headers } = response;
  return new Response(ReadableStream.from(counted()), { status, statusText, headers });
}
