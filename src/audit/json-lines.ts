import type { Response } from 'express';

import { markAnswered } from '../common/http/answered-at';
import { writeAsTaken } from '../common/http/write-as-taken';
import { toWire } from '../common/wire/to-wire';
import type { AuditEventRecord } from './audit-event-record';
import { toAuditEventResponse } from './audit-event.mapper';

/**
 * Sends events as JSON lines, as fast as the client takes them: the next part is read when the last one has gone out. A
 * client that goes away ends the reading. What fails before the first part is answered as an error, later on the
 * connection is cut, so that nobody takes a part for the whole.
 */
export async function sendJsonLines(
  parts: AsyncIterable<readonly AuditEventRecord[]>,
  response: Response,
): Promise<void> {
  try {
    for await (const part of parts) {
      begin(response);
      const lines = part.map((event) => `${JSON.stringify(toWire(toAuditEventResponse(event)))}\n`);
      await writeAsTaken(response, lines.join(''));
    }
  } catch (error) {
    // Nobody is left to be told of it.
    if (response.destroyed) return;
    throw error;
  }
  begin(response);
  response.end();
}

/** Not before there is something to send: an error has another type. */
function begin(response: Response): void {
  if (response.headersSent) return;
  response.type('application/x-ndjson').setHeader('Cache-Control', 'no-store');
  response.setHeader('Content-Disposition', 'attachment; filename="audit-events.jsonl"');
  response.flushHeaders();
  markAnswered(response);
}
