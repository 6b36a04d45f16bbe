/**
 * The NOTIFY channels of the engine. A notification is only a hint, sent after the commit that it tells of:
 * whoever listens looks at the tables, and looks again by itself now and then.
 */
export const CHANNELS = {
  /** Runs can be claimed. Payload: nothing. */
  runsReady: 'runs_ready',
  /** A run has new events. Payload: the run's id. */
  runEvents: 'run_events',
  /** A step of a run shows what it has made so far. Payload: see `live-preview.ts`; nothing of it is in a table. */
  runPreviews: 'run_previews',
  /** A run that a worker holds shall be cancelled. Payload: the run's id. */
  runCancel: 'run_cancel',
  /** A signal was sent to a run that a worker holds. Payload: the run's id. */
  runSignal: 'run_signal',
} as const;
