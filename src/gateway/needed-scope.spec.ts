import { neededScope } from './needed-scope';

it.each<[string, unknown, string]>([
  ['a call of a tool', { method: 'tools/call' }, 'run'],
  ['a list', { method: 'tools/list' }, 'read'],
  ['the handshake', { method: 'initialize' }, 'read'],
  ['a batch with a call in it', [{ method: 'ping' }, { method: 'tools/call' }], 'run'],
  ['no message at all', undefined, 'read'],
])('%s', (_case, body, scope) => {
  expect(neededScope(body)).toBe(scope);
});
