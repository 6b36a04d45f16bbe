import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

import { tieEnds } from './socket-pair';
import type { RunningApp } from './start-app';

/** As often as Kubernetes would ask at its fastest, ten times over: a test need not wait as long. */
const PROBE_MS = 100;

/** How long an answer may take. Longer than Kubernetes waits: no replica here hangs, and the machine may be slow. */
const PROBE_TIMEOUT_MS = 20_000;

/** Kubernetes' own: how often in a row it may fail. */
const FAILURE_THRESHOLD = 3;

interface Replica {
  readonly app: RunningApp;
  /** In a row; enough of them until it was found ready once. */
  failures: number;
  isProbed: boolean;
}

/**
 * What stands before replicas, as a Service of Kubernetes does: each new connection goes to the next replica that
 * says it is ready; connections that are open stay where they are. It knows nothing of HTTP and repeats nothing.
 */
export class LoadBalancer {
  private replicas: Replica[] = [];
  private turn = 0;
  private readonly open = new Set<Socket>();
  private readonly server = createServer((inbound) => {
    this.connect(inbound);
  });
  private readonly probing = setInterval(() => {
    for (const replica of this.replicas) void this.probe(replica);
  }, PROBE_MS);

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
    const replica = { app, failures: FAILURE_THRESHOLD, isProbed: false };
    this.replicas.push(replica);
    await this.probe(replica);
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

  /** One at a time: a late answer must not take the place of a newer one. */
  private async probe(replica: Replica): Promise<void> {
    if (replica.isProbed) return;
    replica.isProbed = true;
    const isReady = await fetch(`${replica.app.baseUrl}/health/ready`, {
      signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
    })
      .then(async (answer) => {
        await answer.text();
        return answer.ok;
      })
      .catch(() => false);
    replica.failures = isReady ? 0 : replica.failures + 1;
    replica.isProbed = false;
  }

  private connect(inbound: Socket): void {
    const ready = this.replicas.filter(({ failures }) => failures < FAILURE_THRESHOLD);
    const chosen = ready[(this.turn += 1) % Math.max(ready.length, 1)];
    if (chosen === undefined) {
      inbound.destroy();
      return;
    }
    const { hostname, port } = new URL(chosen.app.baseUrl);
    const outbound = connect(Number(port), hostname);
    tieEnds(inbound, outbound, this.open);
    inbound.pipe(outbound).pipe(inbound);
  }
}
