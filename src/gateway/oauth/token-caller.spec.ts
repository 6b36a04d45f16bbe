import type { JWTPayload } from 'jose';

import { toCaller } from './token-caller';

it.each<[string, JWTPayload, string[]]>([
  ['none', {}, []],
  ['a text', { scope: 'openid run read' }, ['read', 'run']],
  ['a list', { scp: ['read'] }, ['read']],
  ['both', { scope: 'read', scp: ['run'] }, ['read', 'run']],
  ['those that only keys have', { scope: 'admin write secrets code' }, []],
  ['what is no scope at all', { scope: 7, scp: [null] }, []],
])('takes of a token with %s only what the endpoint has a use for', (_case, claims, scopes) => {
  expect(toCaller({ sub: 'ann', ...claims })).toEqual({
    id: 'oauth:ann',
    name: 'ann',
    scopes,
    toolsetIds: null,
  });
});
