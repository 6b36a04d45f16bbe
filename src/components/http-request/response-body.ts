import type { Response } from 'undici';
import { AppError } from '../../common/errors/app-error';
import type { JsonValue } from '../../engine/core/json';
import { toConnectionError } from '../../security/egress/connection-failure';
import { readBounded } from '../read-bounded';

/** A body as it goes into the step's output; `encoding` is set when it is not text. */
export interface DecodedBody {
  readonly value: JsonValue;
  readonly encoding: 'base64' | null;
}

/**
 * Reads a whole body.
 * @throws AppError OUTPUT_TOO_LARGE past `maxBytes` (decompressed), CONNECTION_FAILED when it breaks off;
 * the signal's reason when that fires
 */
export async function readBody(
  response: Response,
  { maxBytes, host, signal }: { maxBytes: number; host: string; signal: AbortSignal },
): Promise<Buffer> {
  const bytes = await readBounded(bodyOf(response), maxBytes).catch((error: unknown) => {
    signal.throwIfAborted();
    throw toConnectionError(host, error);
  });
  if (bytes !== null) return bytes;
  throw new AppError(
    'OUTPUT_TOO_LARGE',
    `The answer of ${host} is larger than max_bytes allows, which is ${maxBytes} bytes here`,
  );
}

/** The first characters of a body, for a message; never fails, for the status is what matters there. */
export async function readExcerpt(response: Response, maxChars: number): Promise<string> {
  let text = '';
  try {
    const decoder = new TextDecoder();
    for await (const chunk of bodyOf(response) ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length > maxChars) break;
    }
  } catch {
    // What has come so far is the excerpt.
  }
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > maxChars ? `${line.slice(0, maxChars)}…` : line;
}

/**
 * Makes a value of a body: JSON is parsed, text decoded by its charset, anything else base64.
 * @throws AppError PROTOCOL_ERROR when the type says JSON and the body is none
 */
export function decodeBody(bytes: Buffer, contentType: string | null, host: string): DecodedBody {
  if (bytes.length === 0) return { value: null, encoding: null };
  const [essence = '', ...parameters] = (contentType ?? '').toLowerCase().split(';');
  const type = essence.trim();
  if (type === 'application/json' || type.endsWith('+json')) {
    try {
      // Without the byte order mark that some put in front, as `toString` would not do.
      return { value: JSON.parse(new TextDecoder().decode(bytes)) as JsonValue, encoding: null };
    } catch (cause) {
      throw new AppError('PROTOCOL_ERROR', `${host} announced ${type}, but its answer is no JSON`, { cause });
    }
  }
  const text = isText(type) ? decodeText(bytes, charsetOf(parameters)) : null;
  if (text !== null) return { value: text, encoding: null };
  return { value: bytes.toString('base64'), encoding: 'base64' };
}

function isText(type: string): boolean {
  return (
    type === '' ||
    type.startsWith('text/') ||
    type.endsWith('+xml') ||
    /^application\/(xml|javascript|x-www-form-urlencoded|x-ndjson|yaml)$/.test(type)
  );
}

function charsetOf(parameters: readonly string[]): string {
  const charset = parameters.map((one) => one.trim()).find((one) => one.startsWith('charset='));
  return charset?.slice('charset='.length).replaceAll('"', '') ?? 'utf-8';
}

/** Null when the bytes are not text in that charset, or the charset is not known. */
function decodeText(bytes: Buffer, charset: string): string | null {
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function bodyOf(response: Response): AsyncIterable<Uint8Array> | null {
  return response.body as AsyncIterable<Uint8Array> | null;
}
