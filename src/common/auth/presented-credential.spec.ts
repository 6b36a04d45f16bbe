import { presentedCredential } from './presented-credential';

const presented = (headers: Record<string, string>, secure = false): unknown =>
  presentedCredential({ headers, secure } as never);

describe('the credential of a request', () => {
  it.each<[string, Record<string, string>, object]>([
    ['the key of its header', { 'x-api-key': 'mcp_a' }, { kind: 'api_key', text: 'mcp_a' }],
    ['a key as a bearer', { authorization: 'Bearer mcp_a' }, { kind: 'api_key', text: 'mcp_a' }],
    [
      'a token as a bearer',
      { authorization: 'bearer a.b.c' },
      { kind: 'session', text: 'a.b.c', from: 'header' },
    ],
    ['a cookie', { cookie: 'x=1; mcp_session=a.b.c' }, { kind: 'session', text: 'a.b.c', from: 'cookie' }],
    ['the header before the bearer', { 'x-api-key': 'k', authorization: 'Bearer a.b.c' }, { text: 'k' }],
    [
      'the bearer before the cookie',
      { authorization: 'Bearer k', cookie: 'mcp_session=a.b.c' },
      { text: 'k' },
    ],
    [
      'nothing that counts, of another scheme',
      { authorization: 'Basic eDp5' },
      { kind: 'api_key', text: '' },
    ],
  ])('is %s', (_case, headers, expected) => {
    expect(presented(headers)).toMatchObject(expected);
  });

  it.each([
    {},
    { 'x-api-key': '' },
    { cookie: 'other=a.b.c' },
    { cookie: 'mcp_session=' },
    { authorization: '' },
  ])('is none in %j', (headers) => {
    expect(presented(headers)).toBeNull();
  });

  it('is over TLS only a cookie that no neighbour can have set', () => {
    expect(presented({ cookie: 'mcp_session=a.b.c' }, true)).toBeNull();
    expect(presented({ cookie: '__Host-mcp_session=a.b.c' }, true)).toMatchObject({ text: 'a.b.c' });
    expect(presented({ cookie: '__Host-mcp_session=a.b.c' }, false)).toBeNull();
  });
});
