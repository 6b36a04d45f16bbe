import { cancelWorkflowRun, getWorkflowRun, type RunResponse } from '#sdk';

import { coloursOf } from '../colours';
import { EXIT_CODES } from '../exit-codes';
import { ServiceError } from '../failure';
import { followRun } from './follow-run';
import { ProgressDisplay } from './progress-display';
import { durationText, printable, RunLines } from './run-lines';
import type { Service } from './service';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** One Ctrl-C may arrive twice: npm passes on what the terminal has sent to the whole group already. */
const SAME_SIGNAL_MS = 500;

/** By the run's last status. */
const OUTCOMES: Readonly<Record<string, number>> = {
  succeeded: EXIT_CODES.done,
  failed: EXIT_CODES.failed,
  timed_out: EXIT_CODES.timedOut,
  cancelled: EXIT_CODES.cancelled,
};

/** How those have ended that did not simply fail, in words. */
const ENDS: Readonly<Record<string, string>> = {
  timed_out: 'was out of its time',
  cancelled: 'was cancelled',
};

/** A run that has ended, and the exit code that says how. */
export interface WatchedRun {
  readonly run: RunResponse;
  readonly exitCode: number;
}

/**
 * Shows a run on standard error until it ends. Ctrl-C cancels it, and shows how it ends; a second one leaves at once.
 *
 * @throws ServiceError when the service refuses or stays away; the run goes on without us
 */
export async function watchRun(service: Service, runId: string): Promise<WatchedRun> {
  const colours = coloursOf(process.stderr);
  const begun = Date.now();
  const lines = new RunLines(colours, !process.stderr.isTTY);
  const display = new ProgressDisplay(
    process.stderr,
    () => `${lines.status} ${durationText(Date.now() - begun)}`,
  );
  const ignoreSignals = onInterrupt(() => {
    display.print(colours.yellow('Cancelling the run; Ctrl-C again leaves without waiting for its end'));
    cancel(service, runId).catch((error: unknown) => {
      display.print(colours.red(`It could not be cancelled: ${(error as Error).message}`));
    });
  });
  try {
    for await (const event of followRun(service, runId)) {
      const line = lines.line(event);
      if (line !== null) display.print(line);
    }
  } finally {
    display.close();
    ignoreSignals();
  }
  const run = await service.answer(getWorkflowRun({ client: service.client, path: { run_id: runId } }));
  return { run, exitCode: OUTCOMES[run.status] ?? EXIT_CODES.failed };
}

/** How a run has ended, as a line. */
export function outcomeText({ status, error }: RunResponse): string {
  const colours = coloursOf(process.stderr);
  if (status === 'succeeded') return colours.green('The run succeeded.');
  const where = error?.step_id === undefined ? '' : ` at step "${printable(error.step_id)}"`;
  const why = error === null ? '' : `: ${error.code}: ${printable(error.message)}`;
  const how = ENDS[status] ?? 'failed';
  return colours.red(`The run ${how}${where}${why}`);
}

async function cancel(service: Service, runId: string): Promise<void> {
  try {
    await service.answer(cancelWorkflowRun({ client: service.client, path: { run_id: runId } }));
  } catch (error) {
    // It ended in that moment: the stream tells how.
    if (error instanceof ServiceError && error.exitCode === EXIT_CODES.refused) return;
    throw error;
  }
}

/**
 * Calls `first` at the first signal, and ends the process at another one that is not the same a second time.
 *
 * @returns lets signals end the process again
 */
function onInterrupt(first: () => void): () => void {
  let at: number | null = null;
  const handle = (): void => {
    if (at === null) {
      at = Date.now();
      first();
    } else if (Date.now() - at > SAME_SIGNAL_MS) {
      process.exit(EXIT_CODES.cancelled);
    }
  };
  for (const signal of SIGNALS) process.on(signal, handle);
  return () => {
    for (const signal of SIGNALS) process.off(signal, handle);
  };
}
