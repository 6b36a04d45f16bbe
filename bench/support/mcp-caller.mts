import { Pool } from 'undici';

const ACCEPT = 'application/json, text/event-stream';
const REVISION = '2025-11-25';

/**
 * Calls the tool `say` of an MCP server by the bytes of the protocol: a client library would cost more than what is
 * measured.
 */
export class McpCaller {
  readonly #pool: Pool;
  readonly #path: string;
  readonly #tool: string;
  #headers: Record<string, string>;
  #nextId = 1;

  private constructor(url: URL, tool: string, headers: Readonly<Record<string, string>>) {
    this.#pool = new Pool(url.origin, { connections: 16 });
    this.#path = url.pathname;
    this.#tool = tool;
    this.#headers = { ...headers, accept: ACCEPT, 'content-type': 'application/json' };
  }

  /** Connects as the revision wants it: the handshake, and the session if the server gives one. */
  static async connect(
    url: string,
    tool: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<McpCaller> {
    const caller = new McpCaller(new URL(url), tool, headers);
    const session = await caller.#post({
      id: 0,
      method: 'initialize',
      params: {
        protocolVersion: REVISION,
        capabilities: {},
        clientInfo: { name: 'bench', version: '1.0.0' },
      },
    });
    caller.#headers = {
      ...caller.#headers,
      'mcp-protocol-version': REVISION,
      ...(session !== null && { 'mcp-session-id': session }),
    };
    await caller.#post({ method: 'notifications/initialized' });
    return caller;
  }

  /** One call; throws for any answer but the right one. */
  async call(): Promise<void> {
    const id = this.#nextId++;
    const text = `call ${id}`;
    await this.#post(
      { id, method: 'tools/call', params: { name: this.#tool, arguments: { text } } },
      `"text":"${text}"`,
    );
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  /** @returns the session id of the answer */
  async #post(message: object, wanted = ''): Promise<string | null> {
    const { statusCode, headers, body } = await this.#pool.request({
      method: 'POST',
      path: this.#path,
      headers: this.#headers,
      body: JSON.stringify({ jsonrpc: '2.0', ...message }),
    });
    const answer = await body.text();
    if (statusCode >= 300 || !answer.includes(wanted)) throw new Error(`${statusCode}: ${answer}`);
    const session = headers['mcp-session-id'];
    return typeof session === 'string' ? session : null;
  }
}
