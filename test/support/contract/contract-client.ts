import { Pool } from 'undici';

import { PATIENCE_MS } from '../eventually';
import { type ContractCase, FRESH } from './contract-case';

export interface ContractAnswer {
  readonly status: number;
  /** Names in lower case; of repeated ones, the values joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Sends cases over kept connections, and counts them. */
export class ContractClient {
  sent = 0;
  private readonly pool: Pool;

  /**
   * @param makeFresh makes a resource of a collection (its path) for one request and gives its id
   */
  constructor(
    readonly baseUrl: string,
    private readonly key: string,
    private readonly makeFresh: (client: ContractClient, collection: string) => Promise<string>,
    connections = 16,
  ) {
    // A stream that stays open is a fault of the case.
    this.pool = new Pool(baseUrl, { connections, headersTimeout: PATIENCE_MS, bodyTimeout: PATIENCE_MS });
  }

  async send(request: ContractCase, key: string | null = this.key): Promise<ContractAnswer> {
    const target = await this.withFreshId(request.target);
    this.sent += 1;
    const { statusCode, headers, body } = await this.pool.request({
      method: request.method,
      path: target,
      headers: { ...request.headers, ...(key !== null && { 'x-api-key': key }) },
      body: request.body ?? null,
    });
    return {
      status: statusCode,
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')]),
      ),
      text: await body.text(),
    };
  }

  /** A request with a JSON body, or none. */
  call(method: string, target: string, body?: unknown, key?: string | null): Promise<ContractAnswer> {
    return this.send(
      {
        kind: 'valid',
        method,
        target,
        headers: body === undefined ? {} : { 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      },
      key,
    );
  }

  /** Makes the resource that {@link FRESH} stands for. */
  private async withFreshId(target: string): Promise<string> {
    const at = target.indexOf(`/${FRESH}`);
    return at < 0 ? target : target.replace(FRESH, await this.makeFresh(this, target.slice(0, at)));
  }

  async close(): Promise<void> {
    await this.pool.destroy();
  }
}
