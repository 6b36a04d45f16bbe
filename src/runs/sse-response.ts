import type { Response } from 'express';
import { markAnswered } from '../common/http/answered-at';
import type { StreamSink } from './run-stream';

/** A client that takes nothing for this long is dropped: it resumes by the number of its last event. */
const STALLED_MS = 15_000;

/**
 * Opens `response` as a stream of server-sent events.
 *
 * Written by hand because Nest's `@Sse` answers 200 before a handler can say 404. The headers go out at once; what
 * a slow client has not taken is bounded by the socket's own buffer, because each write waits for it to drain.
 */
export function openEventStream(response: Response): StreamSink {
  response.status(200);
  response.setHeader('Content-Type', 'text/event-stream; charset=utf-8');
  response.setHeader('Cache-Control', 'no-store');
  // Tells nginx not to gather the stream.
  response.setHeader('X-Accel-Buffering', 'no');
  response.flushHeaders();
  markAnswered(response);
  return {
    async write(text) {
      if (response.destroyed) throw new Error('The client is gone');
      if (response.write(text)) return;
      await drained(response);
    },
  };
}

function drained(response: Response): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: Error): void => {
      clearTimeout(timer);
      response.off('drain', onDrain);
      response.off('close', onClose);
      if (error === undefined) resolve();
      else reject(error);
    };
    const onDrain = (): void => {
      settle();
    };
    const onClose = (): void => {
      settle(new Error('The client is gone'));
    };
    const timer = setTimeout(() => {
      settle(new Error('The client reads too slowly'));
      response.destroy();
    }, STALLED_MS);
    response.on('drain', onDrain);
    response.on('close', onClose);
  });
}
