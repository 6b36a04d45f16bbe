import { AppError } from '../../common/errors/app-error';

/** What a connection's error code means to the person who configured the address. */
const MEANING: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused the connection',
  ENOTFOUND: 'has no address (its name is not known)',
  EAI_AGAIN: 'has no address (name resolution failed)',
  ECONNRESET: 'closed the connection',
  EPIPE: 'closed the connection',
  UND_ERR_SOCKET: 'closed the connection before its answer was complete',
  UND_ERR_CONNECT_TIMEOUT: 'did not take the connection in time',
  ETIMEDOUT: 'did not take the connection in time',
  EHOSTUNREACH: 'cannot be reached',
  ENETUNREACH: 'cannot be reached',
};

/** The errors that led to `error`, itself first; also those inside an AggregateError. */
export function causeChain(error: unknown): unknown[] {
  const chain: unknown[] = [];
  const pending = [error];
  // Eight: deeper than any chain our libraries build; also ends a chain that loops.
  while (pending.length > 0 && chain.length < 8) {
    const current = pending.shift();
    if (current === undefined || current === null) continue;
    chain.push(current);
    if (current instanceof AggregateError) pending.push(...(current.errors as unknown[]));
    if (current instanceof Error) pending.push(current.cause);
  }
  return chain;
}

/** The code of an error of Node or undici. */
export function codeOf(error: unknown): string | null {
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' ? code : null;
}

/** Not every fault of the parser has a code. */
function isUnreadable(error: unknown): boolean {
  return (
    codeOf(error)?.startsWith('HPE_') === true || (error instanceof Error && error.name === 'HTTPParserError')
  );
}

/**
 * Turns whatever a connection attempt or a broken-off answer threw into an AppError: one that is in its
 * cause chain already (EGRESS_DENIED), PROTOCOL_ERROR for an answer that is not HTTP, else
 * CONNECTION_FAILED. The driver's own text stays in `cause`.
 */
export function toConnectionError(host: string, error: unknown): AppError {
  const chain = causeChain(error);
  const known = chain.find((one) => one instanceof AppError);
  if (known !== undefined) return known;
  const codes = chain.map(codeOf).filter((code) => code !== null);
  if (chain.some(isUnreadable)) {
    return new AppError('PROTOCOL_ERROR', `${host} did not answer in HTTP`, { cause: error });
  }
  const code = codes.find((one) => one in MEANING) ?? codes[0];
  const meaning = code === undefined ? 'could not be reached' : (MEANING[code] ?? `failed with ${code}`);
  return new AppError('CONNECTION_FAILED', `${host} ${meaning}`, { cause: error });
}
