import { ProtocolError, SdkError, SdkErrorCode, SdkHttpError } from '@modelcontextprotocol/client';
import { AppError } from '../../common/errors/app-error';
import { causeChain } from '../../security/egress/connection-failure';
import { isRetryableStatus } from '../http-status';

/** JSON-RPC 2.0: the parameters are wrong, which here are the tool's arguments. */
const INVALID_PARAMS = -32_602;

/** How much of a server's own words goes into a message. */
const MAX_WORDS = 2048;

/** A server's words, shortened; they are shown, never interpreted. */
export function quote(text: string): string {
  return text.length > MAX_WORDS ? `${text.slice(0, MAX_WORDS)}…` : text;
}

/**
 * Turns what the SDK threw into an AppError: one of ours that lies in its causes (EGRESS_DENIED,
 * OUTPUT_TOO_LARGE), INVALID_INPUT for refused arguments, UNEXPECTED_STATUS for an HTTP status,
 * CONNECTION_FAILED for a lost connection, else PROTOCOL_ERROR.
 * @param server its name for the message
 */
export function toMcpFailure(server: string, error: unknown): AppError {
  const chain = causeChain(error);
  const known = chain.find((one) => one instanceof AppError);
  if (known !== undefined) return known;
  const refusal = chain.find((one) => one instanceof ProtocolError);
  if (refusal !== undefined) {
    const code = refusal.code === INVALID_PARAMS ? 'INVALID_INPUT' : 'PROTOCOL_ERROR';
    return new AppError(code, `${server} answered error ${refusal.code}: ${quote(refusal.message)}`, {
      cause: error,
    });
  }
  const http = chain.find((one) => one instanceof SdkHttpError);
  if (http !== undefined) {
    return new AppError('UNEXPECTED_STATUS', `${server} answered HTTP ${http.status}`, {
      retryable: isRetryableStatus(http.status),
      details: { status: http.status },
      cause: error,
    });
  }
  if (chain.some((one) => one instanceof SdkError && LOST.has(one.code))) {
    return new AppError('CONNECTION_FAILED', `${server} closed the connection`, { cause: error });
  }
  return new AppError('PROTOCOL_ERROR', `${server} did not answer as an MCP server does`, { cause: error });
}

const LOST: ReadonlySet<SdkErrorCode> = new Set([SdkErrorCode.ConnectionClosed, SdkErrorCode.NotConnected]);

/** Whether a server refused a request only because it has forgotten our session (MCP, "Session Management"). */
export function isSessionLost(error: unknown): boolean {
  return error instanceof AppError && error.code === 'UNEXPECTED_STATUS' && error.details?.status === 404;
}
