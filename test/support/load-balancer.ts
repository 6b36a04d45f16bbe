import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

import type { RunningApp } from './start-app';

/** As often as Kubernetes would ask at its fastest, ten times over: a test need not wait as long. */
const PROBE_MS = 100;

/**
 * What stands before replicas, as a Service of Kubernetes does: each new connection goes to the next replica that
 * says it is ready; connections that are open stay where they are. It knows nothing of HTTP and repeats nothing.
 */
export class LoadBalancer {
  private replicas: { readonly app: RunningApp; isReady: boolean }[] = [];
  private turn = 0;
  private readonly open = new Set<Socket>();
  private readonly server = createServer((inbound) => {
    this.connect(inbound);
  });
  private readonly probing = setInterval(() => void this.probe(), PROBE_MS);

  static async start(): Promise<LoadBalancer> {
    const balancer = new LoadBalancer();
    balancer.server.listen(0, '127.0.0.1');
    await once(balancer.server, 'listening');
    return balancer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Takes a replica in, once it is ready. */
  async add(app: RunningApp): Promise<void> {
    this.replicas.push({ app, isReady: false });
    await this.probe();
  }

  /** Forgets a replica that is gone. */
  remove(app: RunningApp): void {
    this.replicas = this.replicas.filter((replica) => replica.app !== app);
  }

  async close(): Promise<void> {
    clearInterval(this.probing);
    for (const socket of this.open) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private async probe(): Promise<void> {
    await Promise.all(
      this.replicas.map(async (replica) => {
        const answer = await fetch(`${replica.app.baseUrl}/health/ready`).catch(() => null);
        await answer?.arrayBuffer();
        replica.isReady = answer?.status === 200;
      }),
    );
  }

  private connect(inbound: Socket): void {
    const ready = this.replicas.filter(({ isReady }) => isReady);
    const chosen = ready[(this.turn += 1) % Math.max(ready.length, 1)];
    if (chosen === undefined) {
      inbound.destroy();
      return;
    }
    const { hostname, port } = new URL(chosen.app.baseUrl);
    const outbound = connect(Number(port), hostname);
    for (const [from, to] of [
      [inbound, outbound],
      [outbound, inbound],
    ] as const) {
      this.open.add(from);
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.open.delete(from);
        to.destroy();
      });
    }
  }
}
