import type { Transport } from '@modelcontextprotocol/client';
import type { AppError } from '../../common/errors/app-error';
import type { EgressSend } from '../../security/egress/egress-guard';
import { orAborted } from '../time-limit';
import type { Exchanges } from './exchange';
import { createSseTransport, createStreamableTransport } from './http-transport';
import type { HttpServer, ServerAddress, StdioServer } from './mcp-server-config';
import type { StdioLauncher } from './stdio-launcher';
import { StdioTransport } from './stdio-transport';

/** How long a server may take to hear that its session is over. */
const FAREWELL_MS = 1000;

/** A transport, and how it differs from the others. */
export interface ServerLink {
  readonly transport: Transport;
  /** Whether every exchange has a stream of its own, so that one can be ended and the others go on. */
  readonly isShared: boolean;
  /** Whether the far side has ended it. A forgotten session over HTTP shows at the next call only. */
  hasEnded(): boolean;
  /** Says farewell, where there is a way to. */
  end(): Promise<void>;
  /** Ends what can be ended at once. */
  kill(): Promise<void>;
}

/** The ways to servers. */
export interface TransportMeans {
  readonly send: EgressSend;
  readonly launcher: StdioLauncher;
}

/** @param lost called when the link cannot be used any more */
export function createTransport(
  server: ServerAddress,
  { send, launcher }: TransportMeans,
  exchanges: Exchanges,
  lost: (error: AppError) => void,
): ServerLink {
  switch (server.transport) {
    case 'stdio':
      return overStdio(server, launcher, exchanges, lost);
    case 'sse':
      return overSse(server, send, lost);
    case 'streamable_http':
      return overHttp(server, send, exchanges);
  }
}

function overStdio(
  server: StdioServer,
  launcher: StdioLauncher,
  exchanges: Exchanges,
  lost: (error: AppError) => void,
): ServerLink {
  const transport = new StdioTransport(server, launcher, {
    log: (stream, line) => exchanges.addressee?.context.events.output(stream, line),
    fail: lost,
  });
  return {
    transport,
    isShared: false,
    hasEnded: () => transport.pid !== null && !transport.isRunning,
    end: () => transport.close(),
    kill: () => transport.kill(),
  };
}

function overSse(server: HttpServer, send: EgressSend, lost: (error: AppError) => void): ServerLink {
  const transport = createSseTransport(server, send, lost);
  return {
    transport,
    isShared: false,
    hasEnded: () => false,
    end: () => Promise.resolve(),
    kill: () => Promise.resolve(),
  };
}

function overHttp(server: HttpServer, send: EgressSend, exchanges: Exchanges): ServerLink {
  const transport = createStreamableTransport(server, send, exchanges);
  return {
    transport,
    isShared: true,
    hasEnded: () => false,
    end: () =>
      orAborted(transport.terminateSession(), AbortSignal.timeout(FAREWELL_MS)).catch(() => undefined),
    kill: () => Promise.resolve(),
  };
}
