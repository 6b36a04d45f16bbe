import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * The far side of the runs, which nothing is done to: it records every effect under its idempotency key, and fails a
 * key as often as it is asked to before it answers with the value.
 */
export class Ledger {
  /** How many effects each key has had. */
  readonly effects = new Map<string, number>();
  private readonly server: Server = createServer((request, response) => {
    const key = String(request.headers['idempotency-key']);
    const effects = (this.effects.get(key) ?? 0) + 1;
    this.effects.set(key, effects);
    const [, value, failures] = (request.url ?? '').split('/');
    setTimeout(
      () => {
        response.writeHead(effects > Number(failures) ? 200 : 500, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ value: Number(value) }));
      },
      (effects * 7) % 40,
    );
  });

  /** @returns its address, for a component */
  async start(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    const { port } = this.server.address() as AddressInfo;
    return `http://127.0.0.1:${port}/\${{ inputs.value }}/\${{ inputs.failures }}`;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}
