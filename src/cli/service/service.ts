import { type Client, createClient, createConfig } from '#sdk';

import type { ClientConfig } from '../../config/client-config';
import { EXIT_CODES } from '../exit-codes';
import { ServiceError } from '../failure';

/** What the functions of the SDK give: one of answer and error. */
interface SdkAnswer<Data> {
  readonly data?: Data | undefined;
  readonly error?: unknown;
  readonly response?: Response | undefined;
}

/** A running mcp-backend, called over its REST API by the generated client. */
export class Service {
  readonly client: Client;

  constructor(private readonly config: ClientConfig) {
    this.client = createClient(
      createConfig({ baseUrl: config.url, ...(config.apiKey !== null && { auth: config.apiKey }) }),
    );
  }

  /**
   * The answer to a request that a function of the SDK sends.
   *
   * @throws ServiceError whose message says what the service said, and what to do about it
   */
  async answer<Data>(request: Promise<SdkAnswer<Data>>): Promise<Data> {
    const { data, error, response } = await request;
    if (response === undefined) throw this.unreachable(error);
    if (!response.ok) throw this.refused(response.status, error);
    return data as Data;
  }

  private unreachable(error: unknown): ServiceError {
    const { cause, message } = error as { cause?: { code?: string; message?: string }; message?: string };
    const why = cause?.code ?? cause?.message ?? message ?? 'no answer';
    return new ServiceError(
      `The service at ${this.config.url} cannot be reached (${why}): is it running? --url or MCP_BACKEND_URL say where it is`,
      EXIT_CODES.serviceUnavailable,
    );
  }

  private refused(status: number, error: unknown): ServiceError {
    const { detail } = (typeof error === 'object' && error !== null ? error : {}) as { detail?: unknown };
    if (typeof detail !== 'string') {
      return new ServiceError(
        `${this.config.url} answered with ${status} and does not look like an mcp-backend: check --url or MCP_BACKEND_URL`,
        EXIT_CODES.serviceUnavailable,
      );
    }
    if (status === 401) {
      const advice = this.config.apiKey === null ? 'give a key' : 'is it a key of this service?';
      return new ServiceError(
        `${detail}: ${advice} (MCP_BACKEND_API_KEY or --api-key)`,
        EXIT_CODES.noPermission,
      );
    }
    if (status === 403) return new ServiceError(`${detail}: the key lacks a scope`, EXIT_CODES.noPermission);
    const isTheirs = status === 429 || status >= 500;
    return new ServiceError(detail, isTheirs ? EXIT_CODES.serviceUnavailable : EXIT_CODES.refused);
  }
}
