import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

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
