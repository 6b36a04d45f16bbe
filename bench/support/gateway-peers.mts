import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { freePort } from './free-port.mts';
import { McpCaller } from './mcp-caller.mts';
import { stopProcess } from './program.mts';

const modules = join(import.meta.dirname, '..', 'peers', 'node_modules');

const START_MS = 30_000;
const LOOK_MS = 100;

/** Gateways from npm before a server that they start as a process: they take no other. With neither keys nor audit. */
const GATEWAYS: Readonly<Record<string, (port: string, server: readonly string[]) => readonly string[]>> = {
  'mcp-proxy': (port, server) => [
    join(modules, 'mcp-proxy/dist/bin/mcp-proxy.mjs'),
    ...['--port', port, '--server', 'stream', '--', ...server],
  ],
  supergateway: (port, server) => [
    join(modules, 'supergateway/dist/index.js'),
    ...['--stdio', server.join(' '), '--outputTransport', 'streamableHttp', '--stateful'],
    ...['--port', port, '--logLevel', 'none'],
  ],
};

/** What `npm run bench gateway` says of the one that is not measured. */
export const NOT_COMPARED =
  'mcp-hub is not compared: its endpoint speaks HTTP+SSE of 2024-11-05 only, and its REST API is no MCP';

/** A gateway of somebody else, and a client of it. */
export interface PeerGateway {
  readonly name: string;
  readonly caller: McpCaller;
  stop(): Promise<void>;
}

/**
 * Starts every peer before a server with the tool `say`.
 * @param server the command line that starts it over stdio
 */
export async function startGatewayPeers(server: readonly string[]): Promise<PeerGateway[]> {
  const started: PeerGateway[] = [];
  for (const [name, argumentsFor] of Object.entries(GATEWAYS)) {
    const port = String(await freePort());
    const gateway = spawn(process.execPath, argumentsFor(port, server), {
      env: { PATH: process.env['PATH'], NODE_NO_WARNINGS: '1' },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    try {
      const caller = await connect(`http://127.0.0.1:${port}/mcp`, gateway);
      started.push({ name, caller, stop: () => stopProcess(gateway) });
    } catch (error) {
      await stopProcess(gateway);
      await Promise.all(started.map((peer) => peer.stop()));
      throw new Error(`${name} cannot be measured`, { cause: error });
    }
  }
  return started;
}

/** Asks until the gateway listens. */
async function connect(url: string, gateway: ChildProcess): Promise<McpCaller> {
  const patience = performance.now() + START_MS;
  for (;;) {
    try {
      const caller = await McpCaller.connect(url, 'say');
      await caller.call();
      return caller;
    } catch (error) {
      if (gateway.exitCode !== null || performance.now() > patience) throw error;
      await sleep(LOOK_MS);
    }
  }
}
