import type { AddressInfo } from 'node:net';

import { Body, Controller, Get, Module, Post } from '@nestjs/common';
import { APP_FILTER, NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';

import { AppErrorFilter } from '../errors/app-error.filter';
import { ErrorResponder } from '../errors/error-responder';
import { BODY_LIMIT_BYTES, configureHttp, installFallbacks } from './configure-http';
import { SECURITY_HEADERS } from './security-headers.middleware';

const responder = new ErrorResponder(() => false);

@Controller('things')
class ThingsController {
  @Get(':id')
  find(): object {
    return {};
  }

  @Post()
  create(@Body() body: unknown): unknown {
    return body;
  }

  @Get()
  fail(): never {
    throw new Error('a secret of the driver');
  }
}

@Module({
  controllers: [ThingsController],
  providers: [{ provide: APP_FILTER, useValue: new AppErrorFilter(responder) }],
})
class ThingsModule {}

let app: NestExpressApplication;
let base: string;

beforeAll(async () => {
  app = await NestFactory.create<NestExpressApplication>(ThingsModule, { logger: false, bodyParser: false });
  configureHttp(app, responder, { trustProxyHops: 0 });
  app.setGlobalPrefix('api/v1');
  await app.init();
  installFallbacks(app, responder);
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  base = `http://127.0.0.1:${port}`;
});

afterAll(async () => {
  await app.close();
});

const json = { 'content-type': 'application/json' };

it.each<[string, string, RequestInit, number, string]>([
  ['an unknown path under the prefix', '/api/v1/nope', {}, 404, 'NOT_FOUND'],
  ['an unknown path outside the prefix', '/nope', {}, 404, 'NOT_FOUND'],
  ['a wrong method', '/api/v1/things/1', { method: 'PATCH' }, 405, 'METHOD_NOT_ALLOWED'],
  ['broken JSON', '/api/v1/things', { method: 'POST', headers: json, body: '{"a":' }, 400, 'INVALID_REQUEST'],
  [
    'broken JSON outside the prefix',
    '/nope',
    { method: 'POST', headers: json, body: '{' },
    400,
    'INVALID_REQUEST',
  ],
  [
    'a body that is too large',
    '/api/v1/things',
    { method: 'POST', headers: json, body: JSON.stringify('x'.repeat(BODY_LIMIT_BYTES)) },
    413,
    'PAYLOAD_TOO_LARGE',
  ],
  [
    'a body of another type',
    '/api/v1/things',
    { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'x' },
    415,
    'UNSUPPORTED_MEDIA_TYPE',
  ],
  [
    'an unknown charset',
    '/api/v1/things',
    { method: 'POST', headers: { 'content-type': 'application/json; charset=koi8-r' }, body: '{}' },
    415,
    'UNSUPPORTED_MEDIA_TYPE',
  ],
  [
    'an unknown encoding',
    '/api/v1/things',
    { method: 'POST', headers: { ...json, 'content-encoding': 'zip' }, body: '{}' },
    415,
    'UNSUPPORTED_MEDIA_TYPE',
  ],
  ['a path that cannot be decoded', '/api/v1/things/%zz', {}, 400, 'INVALID_REQUEST'],
  ['a defect', '/api/v1/things', {}, 500, 'INTERNAL'],
])('answers %s in JSON with the security headers', async (_case, path, init, status, code) => {
  const response = await fetch(base + path, init);
  const body = (await response.json()) as { detail: unknown; code: unknown };
  expect([response.status, body.code, typeof body.detail]).toEqual([status, code, 'string']);
  for (const [name, value] of SECURITY_HEADERS) expect(response.headers.get(name)).toBe(value);
  expect(response.headers.get('x-request-id')).toBeTruthy();
  expect(response.headers.get('x-powered-by')).toBeNull();
  expect(JSON.stringify(body)).not.toContain('secret');
});

it('names the allowed methods of a path', async () => {
  const response = await fetch(`${base}/api/v1/things/1`, { method: 'DELETE' });
  expect(response.headers.get('allow')).toBe('GET, HEAD');
});

it('answers OPTIONS with the allowed methods', async () => {
  const response = await fetch(`${base}/api/v1/things`, { method: 'OPTIONS' });
  expect([response.status, response.headers.get('allow')]).toEqual([204, 'GET, HEAD, POST']);
});

it('takes over a harmless request id and replaces one that could forge log lines', async () => {
  const ask = async (id: string): Promise<string | null> =>
    (await fetch(`${base}/nope`, { headers: { 'x-request-id': id } })).headers.get('x-request-id');
  expect(await ask('trace-1.2:3')).toBe('trace-1.2:3');
  expect(await ask('a "b" c')).toMatch(/^[0-9a-f-]{36}$/);
});
