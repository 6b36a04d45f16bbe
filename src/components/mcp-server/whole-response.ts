import type { IncomingHttpHeaders } from 'node:http';
import type { JsonObject } from '../../engine/core/json';

/** As much of a `Response` as the SDK's transport looks at: the platform's own would cost as much as the request. */
export class WholeResponse {
  readonly ok: boolean;
  readonly statusText = '';
  readonly headers: Pick<Headers, 'get' | 'has'>;
  readonly body = null;

  /** @param content the body: its text, or what its JSON was read as */
  constructor(
    readonly status: number,
    headers: IncomingHttpHeaders,
    private readonly content: string | JsonObject,
  ) {
    this.ok = status >= 200 && status < 300;
    this.headers = {
      get: (name) => textOf(headers[name.toLowerCase()]),
      has: (name) => headers[name.toLowerCase()] !== undefined,
    };
  }

  text(): Promise<string> {
    const { content } = this;
    return Promise.resolve(typeof content === 'string' ? content : JSON.stringify(content));
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- what cannot be read must reject, not throw
  async json(): Promise<unknown> {
    const { content } = this;
    return typeof content === 'string' ? JSON.parse(content) : content;
  }
}

function textOf(value: string | readonly string[] | undefined): string | null {
  return Array.isArray(value) ? value.join(', ') : ((value as string | undefined) ?? null);
}
