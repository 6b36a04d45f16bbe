import type { EmbeddedPostgres } from '../../src/database/embedded-postgres/embedded-postgres';

/** The server of a run and where its data is. */
export interface TestServer {
  readonly server: EmbeddedPostgres;
  readonly dataDir: string;
}

/** Jest loads setup and teardown apart: modules are not shared between them, the global object is. */
const holder = globalThis as { mcpTestServer?: TestServer | undefined };

export function holdTestServer(server: TestServer): void {
  holder.mcpTestServer = server;
}

export function takeTestServer(): TestServer | null {
  const held = holder.mcpTestServer ?? null;
  holder.mcpTestServer = undefined;
  return held;
}
