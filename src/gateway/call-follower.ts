import {
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  type Implementation,
  type ServerContext,
} from '@modelcontextprotocol/server';

import type { LogLine } from './core/run-progress';
import { takesTasks } from './core/run-task';

/** Who wants to know how a call goes, and whether it is still wanted. */
export interface CallFollower {
  /** Fires when the client has cancelled the call or gone away. */
  readonly signal: AbortSignal;
  /** Stays the same for one call of one client, whatever is tried again on its way. */
  readonly callId: string;
  /** What the client calls itself; null where it does not say so with the call. */
  readonly client: string | null;
  /** Whether the client can ask after a task instead of waiting. */
  readonly takesTask: boolean;
  progress(step: CallProgress): void;
  log(line: LogLine): void;
}

export interface CallProgress {
  readonly progress: number;
  readonly total?: number | undefined;
  readonly message?: string | undefined;
}

/**
 * Notifications that one call may send its client at once, and again each second: enough for every bar and log that
 * somebody watches; a flood past it is dropped, because nobody could, and the buffers of a slow client would hold it.
 */
const BURST = 100;

/** The follower of a request: what it is told goes to the client as notifications, as far as the client wants them. */
export function followerOf({ mcpReq }: ServerContext, callId: string): CallFollower {
  const bucket = new TokenBucket(BURST);
  const progressToken = mcpReq._meta?.progressToken;
  let last = -Infinity;
  const send = (notify: () => Promise<void>): void => {
    if (mcpReq.signal.aborted || !bucket.take()) return;
    // The client has gone; the signal says so to those who work for it.
    notify().catch(() => undefined);
  };
  return {
    signal: mcpReq.signal,
    callId,
    client: clientOf(mcpReq.envelope),
    takesTask: takesTasks(capabilitiesOf(mcpReq.envelope)),
    progress({ progress, total, message }) {
      // The specification wants it to grow; a server that repeats itself has nothing new to say.
      if (progressToken === undefined || progress <= last) return;
      last = progress;
      const params = {
        progressToken,
        progress,
        ...(total !== undefined && { total }),
        ...(message !== undefined && { message }),
      };
      send(() => mcpReq.notify({ method: 'notifications/progress', params }));
    },
    log({ level, data, logger }) {
      // Deprecated in 2026-07-28, and still how servers of both eras tell their log.
      // eslint-disable-next-line @typescript-eslint/no-deprecated
      send(() => mcpReq.log(level, data, logger));
    },
  };
}

/** Lets `size` pass at once, and as many each second. */
class TokenBucket {
  private tokens: number;
  private filledAt = performance.now();

  constructor(private readonly size: number) {
    this.tokens = size;
  }

  take(): boolean {
    const now = performance.now();
    this.tokens = Math.min(this.size, this.tokens + ((now - this.filledAt) / 1_000) * this.size);
    this.filledAt = now;
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }
}

/** Clients of 2026-07-28 name themselves with each request, those before it only when they begin. */
function clientOf(envelope: Readonly<Record<string, unknown>> | undefined): string | null {
  const client = envelope?.[CLIENT_INFO_META_KEY] as Partial<Implementation> | undefined;
  if (typeof client?.name !== 'string') return null;
  return typeof client.version === 'string' ? `${client.name}/${client.version}` : client.name;
}

/** Clients of 2026-07-28 say with each request what they can do. */
function capabilitiesOf(envelope: Readonly<Record<string, unknown>> | undefined): unknown {
  return envelope?.[CLIENT_CAPABILITIES_META_KEY];
}
