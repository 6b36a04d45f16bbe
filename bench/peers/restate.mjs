/**
 * Forty durable steps in a row in Restate, as `bench/durable-steps.mts` has them: its server from npm, with its own
 * store in the folder that the argument names, and a handler of ours. Answers each line on standard input with how long
 * a run took, milliseconds.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import * as restate from '@restatedev/restate-sdk';
import * as clients from '@restatedev/restate-sdk-clients';

import { answerLines, STEPS } from './answer-lines.mjs';

const service = restate.service({
  name: 'bench',
  handlers: {
    chain: async (context) => {
      let n = -1;
      for (let step = 0; step < STEPS; step += 1) {
        const last = n;
        n = await context.run(`s${step}`, () => last + 1);
      }
      return n;
    },
  },
});

const [servicePort, adminPort, ingressPort, nodePort] = await freePorts(4);
await restate.serve({ services: [service], port: servicePort });

const server = spawn(join(import.meta.dirname, 'node_modules/.bin/restate-server'), ['--no-logo'], {
  env: {
    PATH: process.env.PATH,
    RESTATE_BASE_DIR: process.argv[2],
    RESTATE_LISTEN_MODE: 'tcp',
    RESTATE_BIND_IP: '127.0.0.1',
    RESTATE_BIND_PORT: String(nodePort),
    RESTATE_ADMIN__BIND_PORT: String(adminPort),
    RESTATE_INGRESS__BIND_PORT: String(ingressPort),
    RESTATE_LOG_FILTER: 'error',
    RESTATE_DISABLE_TELEMETRY: 'true',
  },
  stdio: ['ignore', 'ignore', 'inherit'],
});

await register();
const client = clients.connect({ url: `http://127.0.0.1:${ingressPort}` }).serviceClient({ name: 'bench' });
await answerLines(() => client.chain());
server.kill('SIGTERM');
await once(server, 'exit');
process.exit();

/** Tells the server where the handler is, as soon as it listens. */
async function register() {
  for (let tries = 0; tries < 100; tries += 1) {
    const answer = await fetch(`http://127.0.0.1:${adminPort}/deployments`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ uri: `http://127.0.0.1:${servicePort}` }),
    }).catch(() => null);
    if (answer?.ok === true) return;
    await sleep(200);
  }
  throw new Error('Restate did not take the service');
}

async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((one) => once(one, 'listening')));
  const ports = servers.map((one) => one.address().port);
  await Promise.all(servers.map((one) => new Promise((resolve) => one.close(resolve))));
  return ports;
}
