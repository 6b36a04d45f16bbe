import { Client, type JsonSchemaValidator } from '@modelcontextprotocol/client';
import type { ServerAddress } from './mcp-server-config';

/** A stdio server that does not answer the question for its era this long is one of the earlier era. */
const STDIO_PROBE_MS = 5000;

/** Pages of one list: past it the server is taken for one that never ends. */
const MAX_PAGES = 32;

/**
 * A client of the SDK that finds out which era of the protocol the server speaks.
 *
 * @param version of this program
 */
export function makeClient(server: ServerAddress, version: string): Client {
  return new Client(
    { name: 'mcp-backend', version },
    {
      capabilities: {},
      versionNegotiation: {
        mode: 'auto',
        ...(server.transport === 'stdio' && { probe: { timeoutMs: STDIO_PROBE_MS } }),
      },
      listMaxPages: MAX_PAGES,
      // A schema of a server that we do not trust could hang the process by a pattern: what a tool
      // returns is passed on unchecked, and checked where it is used.
      jsonSchemaValidator: { getValidator: acceptAnything },
    },
  );
}

function acceptAnything<Value>(): JsonSchemaValidator<Value> {
  return (input) => ({ valid: true, data: input as Value, errorMessage: undefined });
}
