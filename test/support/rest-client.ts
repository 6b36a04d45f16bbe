/** What a route answered. */
export interface RestAnswer<Body> {
  readonly status: number;
  readonly headers: Headers;
  /** The parsed JSON, taken for what the test expects; null when the body is none. */
  readonly body: Body;
}

/** Calls the REST API of a running program as its users do. */
export class RestClient {
  constructor(
    private readonly baseUrl: string,
    private readonly apiKey: string | null,
  ) {}

  /** The same program with another key. */
  withKey(apiKey: string | null): RestClient {
    return new RestClient(this.baseUrl, apiKey);
  }

  get<Body = unknown>(path: string): Promise<RestAnswer<Body>> {
    return this.send<Body>('GET', path);
  }

  post<Body = unknown>(path: string, body?: unknown): Promise<RestAnswer<Body>> {
    return this.send<Body>('POST', path, body);
  }

  put<Body = unknown>(path: string, body: unknown): Promise<RestAnswer<Body>> {
    return this.send<Body>('PUT', path, body);
  }

  delete<Body = unknown>(path: string): Promise<RestAnswer<Body>> {
    return this.send<Body>('DELETE', path);
  }

  /** What is answered to a GET, as text. */
  async text(path: string): Promise<string> {
    const headers = this.apiKey === null ? {} : { 'x-api-key': this.apiKey };
    return (await fetch(`${this.baseUrl}/api/v1${path}`, { headers })).text();
  }

  /** @param path below `/api/v1` */
  async send<Body = unknown>(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<RestAnswer<Body>> {
    const response = await fetch(`${this.baseUrl}/api/v1${path}`, {
      method,
      headers: {
        ...headers,
        ...(this.apiKey !== null && { 'x-api-key': this.apiKey }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: parse(text) as Body };
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
