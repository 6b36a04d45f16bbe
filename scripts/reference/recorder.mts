import { type LocatedOperation, type OpenApiDocument, operationsOf } from './openapi-document.mts';

/** A request that was sent, and its answer. */
export interface Exchange {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  /** Those that the request is about; what every client sends anyway is left out. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly status: number;
  /** By which later requests may say what they start from. */
  readonly etag: string | null;
  /** Parsed where it was JSON. */
  readonly answer: unknown;
}

/** What a call consists of beside its operation. */
export interface CallOptions {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** What a program answers with when it made something. */
export interface Made {
  readonly id: string;
}

/** Calls operations of a running program by their ids, and keeps the first exchange of each. */
export class Recorder {
  readonly #operations: ReadonlyMap<string, LocatedOperation>;
  readonly #exchanges = new Map<string, Exchange>();
  readonly #baseUrl: string;
  readonly #key: string;

  constructor(document: OpenApiDocument, baseUrl: string, key: string) {
    this.#operations = new Map(operationsOf(document).map((each) => [each.operationId, each]));
    this.#baseUrl = baseUrl;
    this.#key = key;
  }

  /** By the ids of their operations, in the order in which they happened. */
  get exchanges(): ReadonlyMap<string, Exchange> {
    return this.#exchanges;
  }

  /** What a request needs that is sent with headers of its own. */
  get authorization(): Readonly<Record<string, string>> {
    return { 'X-API-Key': this.#key };
  }

  /** Reads without recording. */
  async get<Answer>(target: string): Promise<Answer> {
    const response = await fetch(this.#baseUrl + target, { headers: this.authorization });
    return (await response.json()) as Answer;
  }

  /** Sends the request and gives the answer; throws for anything but success, which no example of the page is. */
  async call<Answer = Made>(operationId: string, options: CallOptions = {}): Promise<Answer> {
    const operation = this.#operations.get(operationId);
    if (operation === undefined) throw new Error(`openapi.json has no operation ${operationId}`);
    const { method } = operation;
    const { path = {}, query = {}, body } = options;
    const search = new URLSearchParams(query).toString();
    const filled = operation.path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => path[name] ?? '');
    const target = search === '' ? filled : `${filled}?${search}`;
    const headers = options.headers ?? this.authorization;
    const response = await fetch(this.#baseUrl + target, {
      method,
      headers: { ...headers, ...(body !== undefined && { 'Content-Type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${target}: ${response.status} ${text}`);
    const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
    const answer: unknown = isJson ? JSON.parse(text) : text;
    if (!this.#exchanges.has(operationId)) {
      const { status } = response;
      const etag = response.headers.get('etag');
      this.#exchanges.set(operationId, { method, target, headers, body, status, etag, answer });
    }
    return answer as Answer;
  }
}
