import type { Response } from 'express';
import { markAnswered } from '../common/http/answered-at';
import { writeAsTaken } from '../common/http/write-as-taken';
import type { StreamSink } from './run-stream';

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
    // A client that is dropped resumes by the number of its last event.
    write: (text) => writeAsTaken(response, text),
  };
}
