import type { Response } from 'express';

/** A client that takes nothing for this long is dropped. */
const STALLED_MS = 15_000;

/**
 * Writes a part of an answer; resolves when there is room for the next one. What a slow client has not taken is thus
 * bounded by the socket's own buffer.
 *
 * @throws Error when the client has gone, or takes nothing for too long: its connection is then cut
 */
export async function writeAsTaken(response: Response, text: string): Promise<void> {
  if (response.destroyed) throw new Error('The client is gone');
  if (!response.write(text)) await drained(response);
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
