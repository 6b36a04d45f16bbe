import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { AppError } from '../../common/errors/app-error';
import type { JsonObject, JsonValue } from '../../engine/core/json';
import { EgressGuard } from '../../security/egress/egress-guard';
import { HttpRequest } from './http-request';
import { soonEnough } from '../../../test/support/soon-enough';
import { stepContext } from '../../../test/support/step-context';

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

describe('HttpRequest', () => {
  const guard = new EgressGuard(['loopback']);
  const type = new HttpRequest(guard.fetch);
  const seen: Seen[] = [];
  let answer: (response: ServerResponse, request: IncomingMessage) => void;
  let server: Server;
  let base: string;

  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        seen.push({ method: request.method, url: request.url, headers: request.headers, body });
        answer(response, request);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    seen.splice(0);
    answer = (response) => response.end();
  });
  afterAll(async () => {
    await guard.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  function run(
    config: JsonObject,
    inputs: JsonValue = {},
    signal = new AbortController().signal,
  ): Promise<JsonValue> {
    return type.run(
      {
        config: { type: 'http_request', ...config },
        versionId: 'v',
        tool: null,
        inputs,
        idempotencyKey: 'run-1:step',
        attempt: 3,
        timeoutMs: 60_000,
      },
      stepContext({ signal }),
    );
  }

  const answers =
    (status: number, contentType: string | null, body: string | Buffer) => (response: ServerResponse) => {
      response.writeHead(status, contentType === null ? {} : { 'content-type': contentType }).end(body);
    };

  it('reads JSON behind a byte order mark, as .NET writes it', async () => {
    answer = answers(200, 'application/json; charset=utf-8', '\uFEFF{"ok":true}');
    expect(await run({ url: base })).toMatchObject({ body: { ok: true } });
  });

  it('gives every cookie that is set', async () => {
    answer = (response) => response.setHeader('set-cookie', ['a=1; Path=/', 'b=2']).end();
    expect(await run({ url: base })).toMatchObject({ headers: { 'set-cookie': 'a=1; Path=/, b=2' } });
  });

  it('sends what is configured, with the inputs in their places', async () => {
    answer = answers(201, 'application/json', '{"id":5}');
    const output = await run(
      {
        method: 'POST',
        url: `${base}/items/\${{ inputs.name }}`,
        headers: { 'X-Trace': 'n-${{ inputs.n }}' },
        query: { n: '${{ inputs.n }}', tags: ['a', 'b&c'], none: null },
        body: { text: 'hello ${{ inputs.name }}', n: '${{ inputs.n }}' },
      },
      { name: 'a/b', n: 3 },
    );
    expect(output).toMatchObject({
      status: 201,
      body: { id: 5 },
      headers: { 'content-type': 'application/json' },
    });
    expect(seen).toEqual([
      expect.objectContaining({
        method: 'POST',
        url: '/items/a%2Fb?n=3&tags=a&tags=b%26c',
        body: '{"text":"hello a/b","n":3}',
        headers: expect.objectContaining({
          'x-trace': 'n-3',
          'content-type': 'application/json',
          'idempotency-key': 'run-1:step',
          'fencing-token': '3',
        }) as unknown,
      }),
    ]);
  });

  it('lets the configuration choose Idempotency-Key and Content-Type', async () => {
    await run({
      method: 'POST',
      url: base,
      headers: { 'Idempotency-Key': 'mine', 'Content-Type': 'text/csv' },
      body: 'a,b',
    });
    expect(seen[0]).toMatchObject({
      body: 'a,b',
      headers: { 'idempotency-key': 'mine', 'content-type': 'text/csv' },
    });
  });

  it.each([
    ['application/json', '{"a":[1]}', { body: { a: [1] } }],
    ['application/problem+json; charset=utf-8', '{"a":1}', { body: { a: 1 } }],
    ['text/plain; charset=iso-8859-1', Buffer.from([0xe9]), { body: 'é' }],
    ['text/plain', 'tekst', { body: 'tekst' }],
    [null, 'bare', { body: 'bare' }],
    ['image/png', Buffer.from([1, 2, 255]), { body: 'AQL/', body_encoding: 'base64' }],
    ['text/plain', Buffer.from([0xff, 0xfe, 0xfd]), { body: '//79', body_encoding: 'base64' }],
    ['application/json', '', { body: null }],
  ])('gives a body of type %s', async (contentType, body, expected) => {
    answer = answers(200, contentType, body);
    const output = (await run({ url: base })) as JsonObject;
    expect(output).toMatchObject(expected);
    expect('body_encoding' in output).toBe('body_encoding' in expected);
  });

  it('fails with PROTOCOL_ERROR when JSON is announced and is none', async () => {
    answer = answers(200, 'application/json', '<html>');
    await expect(run({ url: base })).rejects.toMatchObject({ code: 'PROTOCOL_ERROR' });
  });

  it.each([
    [400, false],
    [404, false],
    [408, true],
    [425, true],
    [429, true],
    [500, true],
    [503, true],
  ])('fails with UNEXPECTED_STATUS on %d, retryable: %s', async (status, retryable) => {
    answer = answers(status, 'text/plain', `no\n  luck ${'x'.repeat(1000)}`);
    const failure = await run({ url: `${base}/p?key=secret` }).catch((error: unknown) => error as AppError);
    expect(failure).toMatchObject({ code: 'UNEXPECTED_STATUS', retryable, details: { status } });
    expect((failure as AppError).message).toContain('/p answered');
    expect((failure as AppError).message).toContain('no luck xxx');
    expect((failure as AppError).message).not.toContain('secret');
    expect((failure as AppError).message.length).toBeLessThan(450);
  });

  it('takes the statuses that the configuration expects, and no other', async () => {
    answer = answers(404, 'text/plain', 'none');
    await expect(run({ url: base, expect_status: [200, 404] })).resolves.toMatchObject({
      status: 404,
      body: 'none',
    });
    answer = answers(200, 'text/plain', 'some');
    await expect(run({ url: base, expect_status: 404 })).rejects.toMatchObject({ code: 'UNEXPECTED_STATUS' });
  });

  it('takes an answer of exactly max_bytes and refuses one byte more', async () => {
    answer = answers(200, 'text/plain', 'x'.repeat(100));
    await expect(run({ url: base, max_bytes: 100 })).resolves.toMatchObject({ status: 200 });
    await expect(run({ url: base, max_bytes: 99 })).rejects.toMatchObject({ code: 'OUTPUT_TOO_LARGE' });
  });

  it('counts bytes after decompression, and stops an endless answer', async () => {
    answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/plain', 'content-encoding': 'gzip' });
      response.end(gzipSync('x'.repeat(100_000)));
    };
    await expect(run({ url: base, max_bytes: 1000 })).rejects.toMatchObject({ code: 'OUTPUT_TOO_LARGE' });
    answer = (response) => {
      const write = () => {
        while (response.writable && response.write('x'.repeat(1000)));
        response.once('drain', write);
      };
      write();
    };
    await expect(run({ url: base, max_bytes: 1000 })).rejects.toMatchObject({ code: 'OUTPUT_TOO_LARGE' });
  });

  it('fails with CONNECTION_FAILED when the answer breaks off', async () => {
    answer = (response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => response.destroy());
    };
    await expect(run({ url: base })).rejects.toMatchObject({ code: 'CONNECTION_FAILED' });
  });

  it('fails with TIMEOUT at its own limit and ends the connection', async () => {
    await soonEnough(50, async (ms) => {
      const closed: Promise<unknown>[] = [];
      answer = (_response, request) => {
        closed.push(new Promise((resolve) => request.socket.once('close', resolve)));
      };
      const ended = run({ url: base, timeout_seconds: ms / 1000 });
      await expect(ended).rejects.toMatchObject({ code: 'TIMEOUT' });
      return closed.length === 0 ? null : Promise.all(closed);
    });
  });

  it('rejects with the signal’s reason when cancelled, also while the body comes', async () => {
    const controller = new AbortController();
    const reason = new AppError('CANCELLED', 'cancelled');
    answer = (response) => {
      response.writeHead(200);
      response.write('part', () => {
        controller.abort(reason);
      });
    };
    await expect(run({ url: base }, {}, controller.signal)).rejects.toBe(reason);
  });

  it('keeps an input from adding a header', async () => {
    await expect(
      run({ url: base, headers: { 'x-a': '${{ inputs.v }}' } }, { v: 'a\r\nx-b: c' }),
    ).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    });
    expect(seen).toEqual([]);
  });

  it('obeys the egress guard', async () => {
    await expect(run({ url: 'http://169.254.169.254/' })).rejects.toMatchObject({ code: 'EGRESS_DENIED' });
  });

  it.each([
    [{ url: 'ftp://a.example' }, 'url'],
    [{ url: 'https://a.example', headers: { Host: 'b' } }, 'headers.Host'],
    [{ url: 'https://a.example', headers: { 'a b': 'c' } }, 'headers.a b'],
    [{ url: 'https://a.example', headers: { a: 'c\nd' } }, 'headers.a'],
    [{ url: 'https://a.example', body: 'x' }, 'body'],
    [{ url: 'https://a.example', query: { a: '${{ nothing }}' } }, 'query.a'],
    [{ url: 'https://a.example', method: 'POST', body: { a: ['${{ inputs. }}'] } }, 'body.a[0]'],
  ])('finds the fault in %j', (config, path) => {
    expect(type.checkConfig({ type: 'http_request', ...config }).map((issue) => issue.path)).toEqual([path]);
  });

  it('has an example without faults', () => {
    expect(type.checkConfig(type.example)).toEqual([]);
  });

  describe('page by page', () => {
    const page =
      (body: JsonValue, headers: Record<string, string> = {}) =>
      (response: ServerResponse) => {
        response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
      };
    const paths = (): (string | undefined)[] => seen.map(({ url }) => url);

    it.each<[string, JsonObject, string, (n: number, response: ServerResponse) => void, string[]]>([
      [
        'the Link header',
        { by: 'link_header' },
        '/?q=a',
        (n, response) => {
          const link = `</?q=a&p=0>; title="a, b"; rel="prev first", <${n < 2 ? `${base}/?q=a&p=${n + 1}` : '/last'}>; title="to the \\", <next>"; rel=${n < 2 ? 'next' : 'last'}`;
          page([n], { link })(response);
        },
        ['/?q=a', '/?q=a&p=1', '/?q=a&p=2'],
      ],
      [
        'an address in the body',
        { by: 'next_url', path: 'links.next', items_path: 'data' },
        '/list',
        (n, response) => {
          page({ data: [n], links: { next: n < 2 ? `/list?p=${n + 1}` : null } })(response);
        },
        ['/list', '/list?p=1', '/list?p=2'],
      ],
      [
        'a cursor in the body',
        { by: 'cursor', path: 'meta.after', parameter: 'after', items_path: 'data.items' },
        '/list?limit=1',
        (n, response) => {
          page({ data: { items: [n] }, meta: n < 2 ? { after: `c&${n}` } : {} })(response);
        },
        ['/list?limit=1', '/list?limit=1&after=c%260', '/list?limit=1&after=c%261'],
      ],
      [
        'the number of the page',
        { by: 'page_number', parameter: 'p', first_page: 0 },
        '/list',
        (n, response) => {
          page(n < 3 ? [n] : [])(response);
        },
        ['/list?p=0', '/list?p=1', '/list?p=2', '/list?p=3'],
      ],
    ])('follows %s to the end', async (_name, pagination, path, respond, requested) => {
      answer = (response) => {
        respond(seen.length - 1, response);
      };
      const output = await run({ url: `${base}${path}`, pagination });
      expect(output).toMatchObject({
        status: 200,
        body: [0, 1, 2],
        pages: requested.length,
        truncated: false,
      });
      expect(paths()).toEqual(requested);
    });

    const endless = (response: ServerResponse): void => {
      page([seen.length])(response);
    };
    const numbered = { by: 'page_number', parameter: 'page' };

    it('fails past max_pages, or leaves the rest out where that is allowed', async () => {
      answer = endless;
      const limited = { ...numbered, max_pages: 2 };
      await expect(run({ url: base, pagination: limited })).rejects.toMatchObject({
        code: 'OUTPUT_TOO_LARGE',
      });
      seen.splice(0);
      const output = await run({ url: base, pagination: { ...limited, allow_truncation: true } });
      expect(output).toMatchObject({ body: [1, 2], pages: 2, truncated: true });
      expect(paths()).toEqual(['/?page=1', '/?page=2']);
    });

    it('counts the bytes of all pages together', async () => {
      answer = page(['x'.repeat(100)]);
      await expect(run({ url: base, max_bytes: 250, pagination: numbered })).rejects.toMatchObject({
        code: 'OUTPUT_TOO_LARGE',
      });
      expect(seen).toHaveLength(3);
    });

    it('makes each page a request with an idempotency key of its own', async () => {
      answer = (response) => {
        page(seen.length < 3 ? [1] : [])(response);
      };
      await run({ url: base, method: 'POST', body: { q: 1 }, pagination: numbered });
      expect(seen.map(({ headers, body }) => [headers['idempotency-key'], body])).toEqual([
        ['run-1:step', '{"q":1}'],
        ['run-1:step:2', '{"q":1}'],
        ['run-1:step:3', '{"q":1}'],
      ]);
    });

    it.each<[string, JsonObject, JsonValue, Record<string, string>]>([
      ['an address elsewhere', { by: 'next_url', path: 'next' }, { next: 'http://169.254.169.254/' }, {}],
      ['a Link elsewhere', { by: 'link_header' }, [], { link: '<http://[::1]:9/>; rel=next' }],
      ['what is no address', { by: 'next_url', path: 'next' }, { next: 'http://[' }, {}],
      ['no text', { by: 'next_url', path: 'next' }, { next: { a: 1 } }, {}],
      ['itself', { by: 'next_url', path: 'next' }, { next: '/' }, {}],
    ])('goes nowhere when a page names %s as the next', async (_name, pagination, body, headers) => {
      answer = page(Array.isArray(body) ? body : { items: [], ...(body as JsonObject) }, headers);
      const paged = Array.isArray(body) ? pagination : { ...pagination, items_path: 'items' };
      await expect(run({ url: `${base}/`, pagination: paged })).rejects.toMatchObject({
        code: 'PROTOCOL_ERROR',
      });
      expect(seen).toHaveLength(1);
    });

    it('says on which page there was no list', async () => {
      answer = page({ data: 1 });
      await expect(run({ url: base, pagination: { ...numbered, items_path: 'data' } })).rejects.toMatchObject(
        {
          code: 'PROTOCOL_ERROR',
          message: 'pagination: page 1 cannot be read: it has no list at data',
        },
      );
    });

    it.each([
      [{ by: 'cursor', path: 'a' }, 'pagination.parameter'],
      [{ by: 'next_url' }, 'pagination.path'],
      [{ by: 'link_header', first_page: 2 }, 'pagination.first_page'],
      [{ by: 'page_number', parameter: 'p', path: 'a' }, 'pagination.path'],
    ])('finds the fault in %j', (pagination, path) => {
      const issues = type.checkConfig({ type: 'http_request', url: 'https://a.example', pagination });
      expect(issues.map((issue) => issue.path)).toEqual([path]);
    });
  });

  it.each<[number, Record<string, string>, number | undefined]>([
    [503, { 'retry-after': '3' }, 3_000],
    [429, { 'retry-after': '0.5' }, 500],
    [429, {}, undefined],
    [404, { 'retry-after': '3' }, undefined],
  ])('tells of %i with %j when another try may come', async (status, headers, retryAfterMs) => {
    answer = (response) => response.writeHead(status, headers).end();
    await expect(run({ url: base })).rejects.toMatchObject({ code: 'UNEXPECTED_STATUS', retryAfterMs });
  });
});
