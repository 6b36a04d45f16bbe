import { setTimeout as sleep } from 'node:timers/promises';
import { Response } from 'undici';
import { AppError } from '../../common/errors/app-error';
import type { EgressFetch, EgressRequest } from '../../security/egress/egress-guard';
import type { BoundedLog } from '../bounded-log';
import { type RetryDelay, retryDelay } from './retry-delay';

/** Bytes of one streamed answer: a text of 4 MiB is some forty times as long in events of a token each. */
const MAX_STREAM_BYTES = 192 * 1024 * 1024;

/** Of an answer that is an error: as much as can hold what a person needs to know. */
const MAX_ERROR_BYTES = 64 * 1024;

/** A provider that refuses this often in a row will go on doing so. */
const MAX_REFUSALS = 10;

/** What the requests of one step share. */
export interface ModelFetchOptions {
  /** The egress guard's. */
  readonly fetch: EgressFetch;
  readonly log: BoundedLog;
  /** When the step must be over, epoch milliseconds: nothing is waited for past it. */
  readonly deadline: number;
  readonly now: () => number;
}

/**
 * The `fetch` that a provider of the AI SDK is given. A request that meets a rate limit is sent again when the answer
 * says so; every body is bounded; no redirect is followed, for it would take the key along.
 */
export function createModelFetch(options: ModelFetchOptions): typeof globalThis.fetch {
  const send = async (url: string | URL, init: EgressRequest = {}): Promise<Response> => {
    for (let refusals = 0; ; refusals += 1) {
      const response = await options.fetch(url, { ...init, redirect: 'error' });
      if (response.ok) return bounded(response, new URL(url).host);
      const body = await readStart(response, MAX_ERROR_BYTES);
      const { status, headers } = response;
      const delay =
        refusals < MAX_REFUSALS ? retryDelay({ status, headers, body }, refusals, options.now()) : null;
      if (
        delay === null ||
        !(await waitFor(delay, { status, url, signal: init.signal ?? null, ...options }))
      ) {
        return new Response(body, { status, headers });
      }
    }
  };
  // undici's own types of fetch and the platform's differ in name only.
  return send as unknown as typeof globalThis.fetch;
}

interface Wait extends ModelFetchOptions {
  readonly status: number;
  readonly url: string | URL;
  readonly signal: AbortSignal | null;
}

/** Waits, and says so in the log; false at once when the step would not live to see the end of it. */
async function waitFor({ ms, isTold }: RetryDelay, { status, url, signal, log, deadline, now }: Wait) {
  const seconds = `${Math.ceil(ms / 100) / 10} s`;
  const refused = `${new URL(url).host} answered ${status}`;
  if (now() + ms >= deadline) {
    log.write('system', 'warn', `${refused}; to wait ${seconds} would take longer than the step may`);
    return false;
  }
  log.write('system', 'warn', `${refused}: trying again in ${seconds}${isTold ? ', as it asks' : ''}`);
  try {
    await sleep(ms, undefined, signal === null ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
  return true;
}

function bounded(response: Response, host: string): Response {
  if (response.body === null) return response;
  const source = response.body as AsyncIterable<Uint8Array>;
  async function* counted(): AsyncGenerator<Uint8Array> {
    let size = 0;
    for await (const chunk of source) {
      size += chunk.byteLength;
      if (size > MAX_STREAM_BYTES) {
        throw new AppError('OUTPUT_TOO_LARGE', `${host} answered more than ${MAX_STREAM_BYTES} bytes`);
      }
      yield chunk;
    }
  }
  const { status, headers } = response;
  return new Response(ReadableStream.from(counted()), { status, headers: withoutEncoding(headers) });
}

/** The first bytes of a body as text; what follows is not waited for. */
async function readStart(response: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of (response.body as AsyncIterable<Uint8Array> | null) ?? []) {
      chunks.push(chunk);
      size += chunk.byteLength;
      if (size >= maxBytes) break;
    }
  } catch {
    // What has come so far must do: the status matters more.
  }
  return Buffer.concat(chunks).subarray(0, maxBytes).toString('utf8');
}

/** The body is decoded already, and its length may differ. */
function withoutEncoding(headers: Response['headers']): [string, string][] {
  return [...headers].filter(([name]) => name !== 'content-encoding' && name !== 'content-length');
}
