import { AISDKError, APICallError } from '@ai-sdk/provider';
import { AppError } from '../../common/errors/app-error';
import { causeChain, toConnectionError } from '../../security/egress/connection-failure';
import { isRetryableStatus } from '../http-status';
import { quote } from '../quote';
import { isQuotaSpent, isRateLimit } from './retry-delay';

/** Statuses that stand for the names by which providers call errors inside of a stream. */
const STATUS_OF_TYPE: Readonly<Record<string, number>> = {
  overloaded_error: 529,
  rate_limit_error: 429,
  rate_limit_exceeded: 429,
  RESOURCE_EXHAUSTED: 429,
  UNAVAILABLE: 503,
  api_error: 500,
  server_error: 500,
};

/** Who answered, and what of it must not be shown. */
export interface Provider {
  readonly host: string;
  /** A provider may repeat the key in its refusal. */
  readonly apiKey: string;
}

/**
 * Turns what the AI SDK threw into an AppError: one of ours that lies in its causes (EGRESS_DENIED), RATE_LIMITED,
 * UNEXPECTED_STATUS with the provider's words, CONNECTION_FAILED for a lost connection, else PROTOCOL_ERROR.
 */
export function toModelFailure(provider: Provider, error: unknown): AppError {
  const { host } = provider;
  const chain = causeChain(error);
  const known = chain.find((one) => one instanceof AppError);
  if (known !== undefined) return known;
  const refusal = chain.find((one) => APICallError.isInstance(one));
  if (refusal?.statusCode !== undefined && refusal.statusCode >= 400) {
    const { statusCode, message, responseBody = '' } = refusal;
    const words = message === '' ? responseBody : message;
    return statusFailure(provider, statusCode, words, { cause: error, isFinal: isQuotaSpent(responseBody) });
  }
  const told = chain.find(isStreamError);
  if (told !== undefined) {
    const status = STATUS_OF_TYPE[told.type ?? ''] ?? STATUS_OF_TYPE[told.code ?? ''] ?? told.statusCode;
    if (status !== undefined) return statusFailure(provider, status, told.message, { cause: error });
    const words = quoteWithoutKey(provider, told.message);
    return new AppError('PROTOCOL_ERROR', `${host} broke off with an error: ${words}`, { cause: error });
  }
  if (chain.some((one) => one instanceof Error && /ended without/.test(one.message))) {
    return incompleteAnswer(provider, error);
  }
  if (chain.some((one) => typeof (one as { code?: unknown }).code === 'string')) {
    return toConnectionError(host, error);
  }
  return new AppError('PROTOCOL_ERROR', `${host} did not answer as this provider does`, { cause: error });
}

/** The connection ended well, but before the end of what it carried. */
export function incompleteAnswer({ host }: Provider, cause?: unknown): AppError {
  return new AppError('CONNECTION_FAILED', `${host} ended its answer before it was complete`, { cause });
}

/** The SDK's error for one that a provider sends inside of a stream. Its class comes only with the whole SDK. */
interface StreamError extends Error {
  readonly type?: string;
  readonly code?: string | number;
  readonly statusCode?: number;
}

function isStreamError(error: unknown): error is StreamError {
  return AISDKError.isInstance(error) && error.name === 'AI_StreamProviderError';
}

function statusFailure(
  provider: Provider,
  status: number,
  words: string,
  { cause, isFinal = false }: { readonly cause: unknown; readonly isFinal?: boolean },
): AppError {
  const told = words === '' ? '' : `: ${quoteWithoutKey(provider, words)}`;
  return new AppError(
    isRateLimit(status) ? 'RATE_LIMITED' : 'UNEXPECTED_STATUS',
    `${provider.host} answered ${status}${told}`,
    { retryable: isRetryableStatus(status) && !isFinal, details: { status }, cause },
  );
}

function quoteWithoutKey({ apiKey }: Provider, words: string): string {
  return quote(apiKey === '' ? words : words.replaceAll(apiKey, '[redacted]'));
}
