import { isDeepStrictEqual } from 'node:util';

import { EventSourceParserStream } from 'eventsource-parser/stream';

import { DemoError } from './demo-error.mts';

/** A definition as the API shows it: a component's version holds `config`, a workflow's `spec`. */
export interface Definition {
  readonly id: string;
  readonly name: string;
  readonly mcp_type?: string;
  readonly latest_version: {
    readonly version: string;
    readonly config?: unknown;
    readonly spec?: unknown;
  };
}

/** A definition that is there as it should be, and what it took. */
export interface Registered {
  readonly id: string;
  readonly version: string;
  readonly outcome: 'created' | 'updated' | 'already there';
}

/** One server-sent event of a run; its fields are described in docs/workflows.md. */
export interface RunEvent {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>> & { readonly at: string };
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** The most that one page of a list can hold; the search finds parts of names, so others may stand before ours. */
const SEARCH_LIMIT = 100;

/** The REST API, as far as the demo needs it. */
export class Api {
  readonly url: string;
  readonly #key: string;
  readonly #signal: AbortSignal;

  /** @param url of the service, without a path */
  constructor(url: string, key: string, signal: AbortSignal) {
    this.url = url;
    this.#key = key;
    this.#signal = signal;
  }

  get<Body>(path: string): Promise<Body> {
    return this.#callOrFail<Body>('GET', path);
  }

  post<Body>(path: string, body: unknown): Promise<Body> {
    return this.#callOrFail<Body>('POST', path, body);
  }

  /**
   * Creates a definition; where its name is taken, brings the living one up to date: a changed `content` makes a new
   * version, the same one changes nothing.
   *
   * @param collection `mcp-definitions` or `workflow-definitions`
   * @param content what its versions hold: `{ config }` or the fields of the spec
   */
  async register(
    collection: string,
    facts: { readonly name: string; readonly mcp_type?: string },
    content: Readonly<Record<string, unknown>>,
  ): Promise<Registered> {
    const created = await this.#call('POST', `/${collection}`, { ...facts, ...content });
    if (created.status === 201) return registered(created.body as Definition, 'created');
    if (created.status !== 409) throw refusal('POST', `/${collection}`, created);

    const living = await this.#findByName(collection, facts.name);
    if (living.mcp_type !== facts.mcp_type) {
      throw new DemoError(
        `The name "${facts.name}" is taken by an MCP definition of type ${living.mcp_type ?? 'unknown'}: rename or delete it.`,
      );
    }
    const { config, spec } = living.latest_version;
    if (isDeepStrictEqual(config === undefined ? spec : { config }, content)) {
      return registered(living, 'already there');
    }
    const updated = await this.#callOrFail<Definition>('PUT', `/${collection}/${living.id}`, content);
    return registered(updated, 'updated');
  }

  /** A run's events from the first to the terminal one, across broken connections. */
  async *events(runId: string): AsyncGenerator<RunEvent> {
    let lastId = '0';
    for (;;) {
      const response = await this.#request('GET', `/workflow-runs/${runId}/stream`, undefined, {
        'last-event-id': lastId,
      });
      if (response.status === 204) return;
      if (!response.ok || response.body === null) {
        throw refusal('GET', `/workflow-runs/${runId}/stream`, await read(response));
      }
      const stream = response.body
        .pipeThrough(new TextDecoderStream())
        .pipeThrough(new EventSourceParserStream());
      for await (const { id, event, data } of stream) {
        const parsed = JSON.parse(data) as RunEvent['data'];
        lastId = id ?? lastId;
        yield { type: event ?? 'message', data: parsed };
        if (parsed['terminal'] === true) return;
      }
    }
  }

  async #findByName(collection: string, name: string): Promise<Definition> {
    const query = new URLSearchParams({ search: name, limit: String(SEARCH_LIMIT) });
    const { items } = await this.get<{ items: Definition[] }>(`/${collection}?${query.toString()}`);
    const found = items.find((item) => item.name === name);
    if (found === undefined)
      throw new DemoError(`The name "${name}" is taken, but nothing of that name is found.`);
    return found;
  }

  async #callOrFail<Body>(method: string, path: string, body?: unknown): Promise<Body> {
    const answer = await this.#call(method, path, body);
    if (answer.status >= 300) throw refusal(method, path, answer);
    return answer.body as Body;
  }

  async #call(method: string, path: string, body?: unknown): Promise<Answer> {
    return read(await this.#request(method, path, body));
  }

  #request(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    return fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: { 'x-api-key': this.#key, 'content-type': 'application/json', ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: this.#signal,
    });
  }
}

function registered({ id, latest_version }: Definition, outcome: Registered['outcome']): Registered {
  return { id, version: latest_version.version, outcome };
}

async function read(response: Response): Promise<Answer> {
  const text = await response.text();
  try {
    return { status: response.status, body: JSON.parse(text) };
  } catch {
    return { status: response.status, body: null };
  }
}

/** What the service said no with, and what to do about it where that is known. */
function refusal(method: string, path: string, { status, body }: Answer): DemoError {
  const { detail = 'no explanation' } = (body ?? {}) as { detail?: string };
  const advice =
    status === 401
      ? ' Is MCP_BACKEND_API_KEY, or the bootstrap-api-key in DATA_DIR, a key of this service?'
      : status === 403
        ? ' The key needs the scopes read, write, run and code.'
        : '';
  return new DemoError(`${method} /api/v1${path} was answered with ${status}: ${detail}.${advice}`);
}
