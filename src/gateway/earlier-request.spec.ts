import type { Request } from 'express';

import { earlierRequest } from './earlier-request';

const HEADERS = {
  'mcp-protocol-version': '2025-11-25',
  accept: 'application/json, text/event-stream',
};
const CALL = {
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'do', _meta: { progressToken: 1 } },
};

const read = (body: unknown, headers: object = {}, method = 'POST') =>
  earlierRequest({ method, headers: { ...HEADERS, ...headers }, body } as unknown as Request);

it.each(['2025-11-25', '2025-06-18', '2025-03-26'])('takes a request of %s', (revision) => {
  expect(read(CALL, { 'mcp-protocol-version': revision })).toEqual(CALL);
});

it.each<[string, Parameters<typeof read>]>([
  ['of the newer era', [CALL, { 'mcp-protocol-version': '2026-07-28' }]],
  ['of a revision that nobody knows', [CALL, { 'mcp-protocol-version': '1999-12-31' }]],
  ['that names no revision', [CALL, { 'mcp-protocol-version': undefined }]],
  [
    'whose body names another revision than its header',
    [{ ...CALL, params: { _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' } } }],
  ],
  ['that begins a session', [{ ...CALL, method: 'initialize' }]],
  ['of a client that takes documents only', [CALL, { accept: 'application/json' }]],
  ['of a client that takes streams only', [CALL, { accept: 'text/event-stream' }]],
  ['with another method of HTTP', [CALL, {}, 'PUT']],
  ['in a batch', [[CALL]]],
  ['that is a notification', [{ jsonrpc: '2.0', method: 'notifications/initialized' }]],
  ['that is an answer', [{ jsonrpc: '2.0', id: 1, result: {} }]],
  ['that is no JSON-RPC', [{ ...CALL, jsonrpc: '1.0' }]],
  ['without a body', [undefined]],
])('leaves to the SDK a request %s', (_which, given) => {
  expect(read(...given)).toBeNull();
});
