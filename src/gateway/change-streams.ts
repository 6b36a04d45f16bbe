import type { ServerResponse } from 'node:http';

import { SUPPORTED_PROTOCOL_VERSIONS } from '@modelcontextprotocol/server';
import type { Request } from 'express';

import { AppError } from '../common/errors/app-error';
import { beginEventStream, toEvent } from './event-stream';
import type { ListChanges } from './public-views.service';

/** Each costs a socket, and belongs to a client that is open somewhere. */
const MAX_STREAMS = 5_000;

/**
 * The streams by which clients of the earlier era hear that a list has changed: they ask for one by GET. It needs no
 * session, because all that it tells is that something is to be asked for again, and every replica knows when.
 */
export class ChangeStreams {
  private readonly open = new Set<ServerResponse>();

  /** Whether a request asks for such a stream. */
  static isWanted({ method, headers }: Request): boolean {
    const { accept = '', 'mcp-protocol-version': revision } = headers;
    if (method !== 'GET' || !accept.includes('text/event-stream')) return false;
    // 2026-07-28 has no such streams. Without the header it is the revision before there was one.
    return revision === undefined || SUPPORTED_PROTOCOL_VERSIONS.includes(String(revision));
  }

  /**
   * Keeps a stream until its client goes.
   * @throws AppError UNAVAILABLE when there are too many
   */
  async serve(response: ServerResponse): Promise<void> {
    if (response.destroyed) return;
    if (this.open.size >= MAX_STREAMS) {
      throw new AppError('UNAVAILABLE', `At most ${MAX_STREAMS} clients may wait for changes at a time`);
    }
    const closed = new Promise<void>((resolve) => response.once('close', resolve));
    this.open.add(response);
    beginEventStream(response);
    await closed;
    this.open.delete(response);
  }

  /** Tells everybody which lists have changed. */
  tell(changes: ListChanges): void {
    const events = (['tools', 'prompts', 'resources'] as const)
      .filter((list) => changes[list])
      .map((list) => toEvent({ jsonrpc: '2.0', method: `notifications/${list}/list_changed` }))
      .join('');
    if (events === '') return;
    for (const response of this.open) {
      // Whoever does not read would miss it: it is to connect, and to ask, again.
      if (response.writableNeedDrain) response.destroy();
      else response.write(events);
    }
  }

  /** Ends all of them. */
  close(): void {
    for (const response of this.open) response.end();
  }
}
