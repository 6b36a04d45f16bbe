import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

import { closeServer, listenOnLoopback } from '../support/loopback-server';

/** Everything that happened under one idempotency key. */
interface Account {
  /** The fences of its effects, in the order in which they came. */
  readonly fences: number[];
  /** The fences of the requests that it refused, because it had seen a higher one. */
  readonly refused: number[];
}

/**
 * The far side of the runs, which nothing is done to: it records every effect with its idempotency key and its fence,
 * refuses a fence below one that it has seen, and fails a key as often as it is asked to before it answers with the value.
 */
export class Ledger {
  readonly accounts = new Map<string, Account>();
  private readonly server: Server = createServer((request, response) => {
    this.take(request, response);
  });

  /** @returns its address, for a component */
  async start(): Promise<string> {
    return `${await listenOnLoopback(this.server)}/\${{ inputs.value }}/\${{ inputs.failures }}`;
  }

  stop(): void {
    void closeServer(this.server);
  }

  private take(request: IncomingMessage, response: ServerResponse): void {
    const key = String(request.headers['idempotency-key']);
    const fence = Number(request.headers['fencing-token']);
    const account = this.accounts.get(key) ?? { fences: [], refused: [] };
    this.accounts.set(key, account);
    if (account.fences.some((seen) => seen > fence)) {
      account.refused.push(fence);
      response.writeHead(409).end();
      return;
    }
    account.fences.push(fence);
    const effects = account.fences.length;
    const [, value, failures] = (request.url ?? '').split('/');
    setTimeout(
      () => {
        response.writeHead(effects > Number(failures) ? 200 : 500, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ value: Number(value) }));
      },
      (effects * 7) % 40,
    );
  }
}
