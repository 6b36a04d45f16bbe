import type { Readable } from 'node:stream';
import { createParser } from 'eventsource-parser';
import { isJsonObject, type JsonObject } from '../../engine/core/json';
import { ENDING_MS } from './exchange';

/** What an event stream began with. */
export type StreamStart =
  | { readonly answer: JsonObject }
  /** Something comes before the answer: `body` is all of the stream, also what was looked at. */
  | { readonly answer: null; readonly body: AsyncIterable<Buffer> };

/**
 * Looks whether an event stream begins with the answer itself, as most do: servers answer in a stream because they
 * might have something to tell before. Nothing follows an answer, so it need not be read as a stream, which would cost
 * more than all the rest of the exchange.
 *
 * @param maxBytes how much is looked at
 */
export async function readStart(source: Readable, maxBytes: number): Promise<StreamStart> {
  const chunks: Buffer[] = [];
  const messages: string[] = [];
  const parser = createParser({
    onEvent: ({ event = 'message', data }) => {
      // One without data names a place in the stream.
      if (event === 'message' && data !== '') messages.push(data);
    },
  });
  const decoder = new TextDecoder();
  const rest = source[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  try {
    for (let size = 0; messages.length === 0 && size <= maxBytes;) {
      const next = await rest.next();
      if (next.done === true) break;
      chunks.push(next.value);
      size += next.value.byteLength;
      parser.feed(decoder.decode(next.value, { stream: true }));
    }
  } catch (error) {
    return { answer: null, body: joined(chunks, broken(error as Error)) };
  }
  const answer = messages[0] === undefined ? null : toAnswer(messages[0]);
  if (answer === null) return { answer, body: joined(chunks, rest) };
  void readToEnd(source, rest);
  return { answer };
}

/** Of JSON-RPC messages only a response has no method. */
function toAnswer(data: string): JsonObject | null {
  try {
    const message: unknown = JSON.parse(data);
    return isJsonObject(message) && 'id' in message && !('method' in message) ? message : null;
  } catch {
    // Whoever reads the stream says what is wrong with it.
    return null;
  }
}

async function* joined(chunks: readonly Buffer[], rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield* chunks;
  yield* { [Symbol.asyncIterator]: () => rest };
}

function broken(error: Error): AsyncIterator<Buffer> {
  return { next: () => Promise.reject(error) };
}

/** So that the connection can be used again. */
async function readToEnd(source: Readable, rest: AsyncIterator<Buffer>): Promise<void> {
  const timer = setTimeout(() => {
    // The iterator's own end would wait for what is awaited of it.
    source.destroy();
  }, ENDING_MS).unref();
  try {
    while ((await rest.next()).done !== true);
  } catch {
    // The answer is here: how its connection ends is nobody's concern.
  } finally {
    clearTimeout(timer);
  }
}
