import { EXIT_CODE_BAD_CONFIG } from '../config/config-error';

/**
 * How the command ends, for scripts. Those over 63 are of sysexits.h; a time that ran out and an interruption have the
 * numbers that timeout(1) and shells give them.
 */
export const EXIT_CODES = {
  done: 0,
  /** It was tried and did not succeed; of `run`: the run failed. */
  failed: 1,
  badUse: 64,
  /** The service refused what it was given: a parameter, a document, a name. */
  refused: 65,
  /** The service could not be reached or is overloaded: later it may work. */
  serviceUnavailable: 69,
  /** The service does not take the API key, or the key may not do this. */
  noPermission: 77,
  badConfig: EXIT_CODE_BAD_CONFIG,
  /** Of `run`: the run was out of its time. */
  timedOut: 124,
  /** Of `run`: the run was cancelled. Of others: Ctrl-C. */
  cancelled: 130,
} as const;
