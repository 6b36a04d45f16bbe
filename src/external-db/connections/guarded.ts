import { AppError } from '../../common/errors/app-error';
import { CANCEL_PATIENCE_MS } from './database';

/** What ends a statement from outside. */
export interface Guards {
  readonly signal: AbortSignal;
  /** Carries the server's answer. */
  readonly stream: NodeJS.EventEmitter;
  /** Of the answer as it comes over the wire: past it the connection is cut, whatever is in it. */
  readonly maxWireBytes: number;
  /** Asks the server to end the statement. */
  readonly cancel: () => Promise<void>;
  /** Ends the connection at once. */
  readonly cut: () => void;
}

/**
 * Runs `work` on a connection. When the signal fires, the server is asked to end the statement, and the connection is
 * cut if that does not help; when the answer grows past all measure, it is cut at once (drivers gather a value of any
 * size before they show it). A cut ends the wait, whether or not the driver notices it.
 *
 * @throws the signal's reason, OUTPUT_TOO_LARGE, or what `work` rejects with
 */
export async function guarded<Value>(guards: Guards, work: () => Promise<Value>): Promise<Value> {
  const { signal, stream, maxWireBytes } = guards;
  const { promise: isCut, reject } = Promise.withResolvers<never>();
  let patience: NodeJS.Timeout | undefined;
  let received = 0;
  const cut = (why: Error): void => {
    reject(why);
    guards.cut();
  };
  const onAbort = (): void => {
    const give = (): void => {
      cut(signal.reason as Error);
    };
    patience = setTimeout(give, CANCEL_PATIENCE_MS);
    guards.cancel().catch(give);
  };
  const onData = ({ length }: Buffer): void => {
    received += length;
    if (received > maxWireBytes) cut(tooLarge());
  };
  signal.throwIfAborted();
  signal.addEventListener('abort', onAbort, { once: true });
  stream.on('data', onData);
  try {
    return await Promise.race([work(), isCut]);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    clearTimeout(patience);
    signal.removeEventListener('abort', onAbort);
    stream.off('data', onData);
  }
}

/**
 * A result within its limit takes about as many bytes on the wire as in JSON; beside it come at most twice
 * `maxBytes` for bytes that are written in hexadecimal, and one batch of rows that are left out.
 */
export function wireLimit(maxBytes: number): number {
  return 4 * maxBytes + 16 * 1024 * 1024;
}

function tooLarge(): AppError {
  return new AppError('OUTPUT_TOO_LARGE', 'The result holds values that are too large: narrow the statement');
}
