import { ProtocolError, SdkError, SdkErrorCode, SdkHttpError } from '@modelcontextprotocol/client';
import { AppError } from '../../common/errors/app-error';
import { causeChain } from '../../security/egress/connection-failure';
import { isRetryableStatus } from '../http-status';
import { quote } from '../quote';

/** JSON-RPC 2.0: the parameters are wrong, which here are the tool's arguments. */
const INVALID_PARAMS = -32_602;

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
  const wanted = chain.map(wantedOfClient).find((one) => one !== null) ?? null;
  if (wanted !== null) {
    return new AppError('TOOL_ERROR', `${server} wants ${wanted}, which mcp-backend does not give`, {
      retryable: false,
      cause: error,
    });
  }
  const refusal = chain.find((one) => one instanceof ProtocolError);
  if (refusal !== undefined) {
    const code = refusal.code === INVALID_PARAMS ? 'INVALID_INPUT' : 'PROTOCOL_ERROR';
    return new AppError(code, `${server} answered error ${refusal.code}: ${quote(refusal.message)}`, {
      cause: error,
    });
  }
  const http = chain.find((one) => one instanceof SdkHttpError);
  if (http !== undefined) {
    return unexpectedStatus(server, http.status, error);
  }
  if (chain.some((one) => one instanceof SdkError && LOST.has(one.code))) {
    return new AppError('CONNECTION_FAILED', `${server} closed the connection`, { cause: error });
  }
  return new AppError('PROTOCOL_ERROR', `${server} did not answer as an MCP server does`, { cause: error });
}

/** @param cause what the SDK made of it */
export function unexpectedStatus(server: string, status: number, cause?: unknown): AppError {
  return new AppError('UNEXPECTED_STATUS', `${server} answered HTTP ${status}`, {
    retryable: isRetryableStatus(status),
    details: { status },
    cause,
  });
}

/** JSON-RPC error of 2026-07-28: the client lacks a capability that the answer needs. */
const MISSING_CAPABILITY = -32_021;

/** What a server asked of its client instead of answering (2026-07-28); null for any other error. */
function wantedOfClient(error: unknown): string | null {
  if (error instanceof ProtocolError && error.code === MISSING_CAPABILITY) {
    const { requiredCapabilities } = (error.data ?? {}) as { requiredCapabilities?: object };
    return Object.keys(requiredCapabilities ?? {}).join(', ') || 'more of its client';
  }
  if (error instanceof SdkError && error.code === SdkErrorCode.CapabilityNotSupported) {
    const { method } = (error.data ?? {}) as { method?: string };
    return method ?? 'more of its client';
  }
  return null;
}

const LOST: ReadonlySet<SdkErrorCode> = new Set([SdkErrorCode.ConnectionClosed, SdkErrorCode.NotConnected]);

/** What a server says to a session that it does not know: MCP asks for 404, several SDKs' examples answer 400. */
const UNKNOWN_SESSION = /session/i;

/** Whether a server refused a request only because it has forgotten our session (MCP, "Session Management"). */
export function isSessionLost(error: unknown): boolean {
  if (!(error instanceof AppError) || error.code !== 'UNEXPECTED_STATUS') return false;
  if (error.details?.status === 404) return true;
  const text = causeChain(error).find((one) => one instanceof SdkHttpError)?.data.text;
  return error.details?.status === 400 && typeof text === 'string' && UNKNOWN_SESSION.test(text);
}

/** Whether the server answered and will answer again: its words were no, or it was never asked. */
export function isRefusal({ code }: AppError): boolean {
  return code === 'UNKNOWN_TOOL' || code === 'INVALID_INPUT' || code === 'TOOL_ERROR';
}

/** Whether a failure of one exchange says that the others of its session would fail too. */
export function breaksSession(error: AppError): boolean {
  return error.code === 'CONNECTION_FAILED' || isSessionLost(error);
}

/** Network errors of a request that has not left this machine, or met nobody. */
const NOT_DELIVERED: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Whether it is certain that the server has not seen the request. */
export function isUndelivered(error: AppError): boolean {
  return causeChain(error).some((one) => NOT_DELIVERED.has((one as { code?: unknown }).code));
}

/** Statuses of a server, or of a proxy before it, that is on its way up or down. */
const COMING_BACK: ReadonlySet<unknown> = new Set([502, 503, 504]);

/** Whether a failure looks like that of a server that restarts, so that asking again may help. */
export function mayComeBack(error: AppError): boolean {
  if (error.code === 'CONNECTION_FAILED') return error.retryable !== false;
  return (
    isSessionLost(error) || (error.code === 'UNEXPECTED_STATUS' && COMING_BACK.has(error.details?.status))
  );
}
