import type { Issue } from '../../engine/core/issue';
import type { JsonObject } from '../../engine/core/json';
import { isHeaderValue } from '../header-fields';
import { addressFault } from '../http-address';

/** Who we are to a token endpoint, and what for. */
export interface ClientCredentials {
  readonly type: 'client_credentials';
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** How the client shows its secret: in the `Authorization` header, or in the body. */
  readonly clientAuth: 'basic' | 'post';
  readonly scope: string | undefined;
  /** RFC 8707: the server that the token is for. */
  readonly resource: string | undefined;
  /** The same, as some providers call it. */
  readonly audience: string | undefined;
}

/** How requests to a server are authorized. */
export type ServerAuth = { readonly type: 'bearer'; readonly token: string } | ClientCredentials;

const text = (description: string): JsonObject => ({
  type: 'string',
  minLength: 1,
  maxLength: 8192,
  description,
});

/** JSON Schema of `auth` of an MCP server over HTTP. */
export const SERVER_AUTH_SCHEMA: JsonObject = {
  description: 'Sent as `Authorization: Bearer …` with every request to the server.',
  oneOf: [
    {
      title: 'A token that does not change',
      type: 'object',
      required: ['type', 'token'],
      additionalProperties: false,
      properties: { type: { const: 'bearer' }, token: text('The access token') },
    },
    {
      title: 'OAuth 2 client credentials',
      type: 'object',
      required: ['type', 'token_url', 'client_id', 'client_secret'],
      additionalProperties: false,
      properties: {
        type: { const: 'client_credentials' },
        token_url: text('The token endpoint of the authorization server'),
        client_id: text('Who asks'),
        client_secret: text('How it shows that it is'),
        client_auth: {
          type: 'string',
          enum: ['basic', 'post'],
          description:
            'Where the secret is sent: in the `Authorization` header (`basic`, the default), or in the body.',
        },
        scope: text('The scopes that are asked for, with spaces between them'),
        resource: text('The server that the token is for (RFC 8707)'),
        audience: text('The same, for providers that call it so'),
      },
    },
  ],
};

/** Reads an `auth` that has passed the schema. */
export function readAuth(auth: JsonObject | undefined): ServerAuth | null {
  if (auth === undefined) return null;
  if (auth.type === 'bearer') return { type: 'bearer', token: auth.token as string };
  return {
    type: 'client_credentials',
    tokenUrl: auth.token_url as string,
    clientId: auth.client_id as string,
    clientSecret: auth.client_secret as string,
    clientAuth: auth.client_auth === 'post' ? 'post' : 'basic',
    scope: auth.scope as string | undefined,
    resource: auth.resource as string | undefined,
    audience: auth.audience as string | undefined,
  };
}

/** What the schema cannot say. */
export function checkAuth(auth: ServerAuth | null, headers: Readonly<Record<string, string>>): Issue[] {
  if (auth === null) return [];
  const twice = Object.keys(headers)
    .filter((name) => name.toLowerCase() === 'authorization')
    .map((name) => ({ path: `headers.${name}`, message: 'is written from auth: leave one of them out' }));
  const fault = auth.type === 'bearer' ? tokenFault(auth.token) : addressFault(auth.tokenUrl);
  if (fault === null) return twice;
  return [...twice, { path: auth.type === 'bearer' ? 'auth.token' : 'auth.token_url', message: fault }];
}

function tokenFault(token: string): string | null {
  return isHeaderValue(token) ? null : 'holds characters that a header cannot carry';
}
