import dns from 'node:dns';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HttpRequest } from '../../../src/components/http-request/http-request';
import { EgressGuard } from '../../../src/security/egress/egress-guard';
import { ComponentHarness } from '../components/component-harness';

type Resolver = (
  name: string,
  options: object,
  callback: (error: Error | null, addresses: { address: string; family: number }[]) => void,
) => void;

/** Attacks by the address of a request. The victim is a real server on the loopback: it must hear nothing. */
describe('attacks by addresses', () => {
  const servers: Server[] = [];
  let guard: EgressGuard;
  let harness: ComponentHarness;
  let victimPort: number;
  let visits: number;

  async function serve(listener: RequestListener, host: string): Promise<number> {
    const server = createServer(listener);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    return (server.address() as AddressInfo).port;
  }

  beforeEach(async () => {
    visits = 0;
    victimPort = await serve((_request, response) => {
      visits += 1;
      response.end('the secret of the loopback');
    }, '127.0.0.1');
    // The only address that this service may reach; the victim is its neighbour.
    guard = new EgressGuard(['127.0.0.2/32']);
    harness = new ComponentHarness(new HttpRequest(guard.fetch));
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await guard.close();
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  const request = (url: string) => harness.run({ url, method: 'GET' });

  async function goesOn(): Promise<boolean> {
    const port = await serve((_request, response) => response.end('fine'), '127.0.0.2');
    return ((await request(`http://127.0.0.2:${port}/`)) as { body: string }).body === 'fine';
  }

  it.each([
    ['decimal', '2130706433'],
    ['hexadecimal', '0x7f000001'],
    ['octal', '0177.0.0.1'],
    ['short', '127.1'],
    ['IPv6', '[::1]'],
    ['IPv6-mapped', '[::ffff:127.0.0.1]'],
    ['IPv6-mapped, in hexadecimal', '[::ffff:7f00:1]'],
    ['NAT64', '[64:ff9b::7f00:1]'],
    ['unspecified', '0.0.0.0'],
    ['full-width digits', '１２７.0.0.1'],
    ['a name of the machine', 'localhost'],
  ])('the loopback is not reached by its %s form', async (_form, host) => {
    await expect(request(`http://${host}:${victimPort}/`)).rejects.toMatchObject({ code: 'EGRESS_DENIED' });
    expect(visits).toBe(0);
    expect(await goesOn()).toBe(true);
  });

  it.each(['169.254.169.254', '[fd00:ec2::254]', '100.100.100.200', '[::ffff:169.254.169.254]'])(
    'a redirect to the metadata service at %s is not followed',
    async (host) => {
      const port = await serve((_request, response) => {
        response.writeHead(302, { location: `http://${host}/latest/meta-data/` }).end();
      }, '127.0.0.2');
      await expect(request(`http://127.0.0.2:${port}/`)).rejects.toMatchObject({ code: 'EGRESS_DENIED' });
      expect(await goesOn()).toBe(true);
    },
  );

  it('a redirect to the loopback is not followed', async () => {
    const port = await serve((_request, response) => {
      response.writeHead(307, { location: `http://127.0.0.1:${victimPort}/` }).end();
    }, '127.0.0.2');
    await expect(request(`http://127.0.0.2:${port}/`)).rejects.toMatchObject({ code: 'EGRESS_DENIED' });
    expect(visits).toBe(0);
  });

  /** The answers of the attacker's name server, one a question. The system's own cannot be pointed at a test. */
  function answerWith(...answers: string[][]): { asked: number } {
    const count = { asked: 0 };
    const resolve: Resolver = (_name, _options, callback) => {
      const addresses = answers[Math.min(count.asked, answers.length - 1)] ?? [];
      count.asked += 1;
      callback(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
    };
    jest.spyOn(dns, 'lookup').mockImplementation(resolve as unknown as typeof dns.lookup);
    return count;
  }

  it('a name that is bound to the loopback after its first answer is judged by each answer that is connected to', async () => {
    const port = await serve((_request, response) => {
      response.setHeader('connection', 'close').end('harmless');
    }, '127.0.0.2');
    const count = answerWith(['127.0.0.2'], ['127.0.0.1']);
    expect(await request(`http://rebound.example:${port}/`)).toMatchObject({ body: 'harmless' });
    // One question a connection: there is no second answer that could differ from the one that was judged.
    expect(count.asked).toBe(1);
    await expect(request(`http://rebound.example:${victimPort}/`)).rejects.toMatchObject({
      code: 'EGRESS_DENIED',
    });
    expect(visits).toBe(0);
  });

  it.each([[['127.0.0.2', '127.0.0.1']], [['127.0.0.2', '::ffff:127.0.0.1']], [['::1', '127.0.0.2']]])(
    'a name with the addresses %j is refused for the one that is not allowed',
    async (addresses) => {
      answerWith(addresses);
      await expect(request(`http://both.example:${victimPort}/`)).rejects.toMatchObject({
        code: 'EGRESS_DENIED',
      });
      expect(visits).toBe(0);
    },
  );
});
