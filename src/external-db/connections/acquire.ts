import { orAborted } from '../../components/time-limit';

/**
 * Waits for a connection of a pool, or for the signal. A connection that comes after the signal goes straight back.
 *
 * @throws the signal's reason, or why there is no connection
 */
export async function acquire<Connection>(
  take: () => Promise<Connection>,
  giveBack: (connection: Connection) => unknown,
  signal: AbortSignal,
): Promise<Connection> {
  signal.throwIfAborted();
  const taking = take();
  try {
    return await orAborted(taking, signal);
  } catch (error) {
    // When `taking` itself has failed there is nothing to give back.
    taking.then(giveBack, () => undefined);
    throw error;
  }
}
