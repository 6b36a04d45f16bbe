import {
  isJSONRPCRequest,
  type JSONRPCRequest,
  PROTOCOL_VERSION_META_KEY,
  SUPPORTED_PROTOCOL_VERSIONS,
} from '@modelcontextprotocol/server';
import type { Request } from 'express';

import { isJsonObject } from '../engine/core/json';

/**
 * The request of the earlier era that an HTTP request holds, when there is no doubt about it: the header names the
 * revision, the body agrees, and the client takes both forms of an answer. Null for everything else, be it another
 * message, the newer era, or wrong: the SDK tells those apart, and says what is wrong.
 */
export function earlierRequest({ method, headers, body }: Request): JSONRPCRequest | null {
  if (method !== 'POST' || !isJsonObject(body) || !isJSONRPCRequest(body)) return null;
  const { 'mcp-protocol-version': revision, accept = '' } = headers;
  if (typeof revision !== 'string' || !SUPPORTED_PROTOCOL_VERSIONS.includes(revision)) return null;
  if (!accept.includes('application/json') || !accept.includes('text/event-stream')) return null;
  const meta = body.params?._meta;
  if (meta !== undefined && PROTOCOL_VERSION_META_KEY in meta) return null;
  return body.method === 'initialize' ? null : body;
}
