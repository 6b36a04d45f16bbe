/**
 * A network of its own with a name server that lies: the first answer for a name is an address that may be reached, each
 * later one that of the loopback. Runs the built egress guard against it, over the system's own resolver and real
 * sockets, and prints what came of it as JSON. Started by `rebinding.ts`, in a network namespace.
 */
import { Buffer } from 'node:buffer';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';

const [guardFile] = process.argv.slice(2);
const { EgressGuard } = createRequire(import.meta.url)(guardFile);

/** Stands for the public address: what else there is here is the loopback. */
const ALLOWED = '127.0.0.2';
const VICTIM = '127.0.0.1';
const PORT = 8080;

const asked = {};

const names = createSocket('udp4');
names.on('message', (query, { port, address }) => {
  const { name, type, end } = questionOf(query);
  const isAddress = type === 1;
  const first = isAddress && asked[name] === undefined;
  if (isAddress) asked[name] = (asked[name] ?? 0) + 1;
  const answer = isAddress
    ? addressRecord(first || name.startsWith('honest') ? ALLOWED : VICTIM)
    : Buffer.alloc(0);
  const head = Buffer.from([query[0], query[1], 0x81, 0x80, 0, 1, 0, isAddress ? 1 : 0, 0, 0, 0, 0]);
  names.send(Buffer.concat([head, query.subarray(12, end), answer]), port, address);
});
names.bind(53, VICTIM);
await once(names, 'listening');

let visits = 0;
await serve(VICTIM, (_request, response) => {
  visits += 1;
  response.end('the secret of the loopback');
});
await serve(ALLOWED, (request, response) => {
  response.setHeader('connection', 'close');
  if (request.url !== '/away') return response.end('harmless');
  return response.writeHead(302, { location: `http://${request.headers.host}/` }).end();
});

const guard = new EgressGuard([`${ALLOWED}/32`]);
const outcomes = {
  honest: [await get('honest.test'), await get('honest.test')],
  rebound: [await get('rebound.test'), await get('rebound.test')],
  redirected: [await get('redirected.test', '/away')],
};
await guard.close();
process.stdout.write(JSON.stringify({ outcomes, asked, visits }));
process.exit(0);

async function get(host, path = '/') {
  try {
    return await (await guard.fetch(`http://${host}:${PORT}${path}`)).text();
  } catch (error) {
    return error.code;
  }
}

async function serve(host, listener) {
  const server = createServer(listener).listen(PORT, host);
  await once(server, 'listening');
}

/** Of a query with one question (RFC 1035, 4.1.2). */
function questionOf(query) {
  const labels = [];
  let at = 12;
  while (query[at] > 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + query[at]));
    at += query[at] + 1;
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

/** The answer to the question, to be forgotten at once. */
function addressRecord(address) {
  return Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split('.').map(Number)]);
}
