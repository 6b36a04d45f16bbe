import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

import { eventually } from '../eventually';

/** The revisions that clients of the endpoint may speak. */
export const ERAS = ['2025-11-25', '2026-07-28'] as const;
export type Era = (typeof ERAS)[number];

/** A client of the SDK's second line, connected. */
export async function connect(
  url: string,
  options: { readonly era: Era; readonly headers: Readonly<Record<string, string>> },
): Promise<Client> {
  const client = new Client(
    { name: 'test', version: '1.0.0' },
    { versionNegotiation: { mode: options.era === '2025-11-25' ? 'legacy' : { pin: options.era } } },
  );
  await client.connect(
    new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers: { ...options.headers } } }),
  );
  return client;
}

/** Waits until the endpoint shows a tool: a list does not wait for long for a server that has not been heard of. */
export async function untilListed(client: Client, tool: string): Promise<void> {
  await eventually(async () => {
    const { tools } = await client.listTools(undefined, { cacheMode: 'refresh' });
    return tools.some(({ name }) => name === tool);
  });
}
