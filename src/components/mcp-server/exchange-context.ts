import type { ExchangeContext } from './exchange';
import type { UpstreamExchange } from './upstream-servers';

/** What a caller wants to hear, as what an exchange tells. */
export function toContext(exchange: UpstreamExchange): ExchangeContext {
  return {
    signal: exchange.signal,
    events: {
      progress: (progress) => exchange.onProgress?.(progress),
      message: (line) => exchange.onLog?.(line),
      // Of a process, for those who run it: not for a client of the tool.
      output: () => undefined,
      refused: (method) => exchange.onLog?.({ level: 'warning', data: refusalText(method) }),
    },
  };
}

/** Words for the log of whoever called. */
export function refusalText(method: string): string {
  return `The server asked for ${method} and was refused: mcp-backend does not answer it`;
}
