import { setTimeout as sleep } from 'node:timers/promises';

import { getWorkflowRun, streamWorkflowRun } from '#sdk';

import { ServiceError } from '../failure';
import type { RunEvent, RunEventData } from './run-event';
import type { Service } from './service';

/** For so long a service may be away, as it is while a new version is rolled out; then following ends. */
const PATIENCE_MS = 60_000;
const FIRST_RETRY_MS = 200;
const LAST_RETRY_MS = 3_000;

/**
 * A run's events from the first to the last one. Each comes once: a broken stream is taken up again where it stopped.
 *
 * @throws ServiceError when the service refuses, or stays away
 */
export async function* followRun(service: Service, runId: string): AsyncGenerator<RunEvent> {
  const path = { run_id: runId };
  let after = 0;
  let retryMs = FIRST_RETRY_MS;
  let heardAt = Date.now();
  for (;;) {
    let type = '';
    const { stream } = await streamWorkflowRun({
      client: service.client,
      path,
      query: { after },
      // The client's own retries cannot tell a refusal from a break: this loop can.
      sseMaxRetryAttempts: 1,
      // Called right before the stream gives the event's data, which come without its type.
      onSseEvent: ({ event, id }) => {
        type = event ?? '';
        if (id !== undefined) after = Number(id);
      },
    });
    for await (const data of stream as unknown as AsyncIterable<RunEventData>) {
      [retryMs, heardAt] = [FIRST_RETRY_MS, Date.now()];
      yield { type, data };
      if (data.terminal === true) return;
    }
    // Ended before its last event: the process that served it is going, or the connection broke.
    await sleep(retryMs);
    retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
    if (await isThere(service, runId, Date.now() - heardAt < PATIENCE_MS)) heardAt = Date.now();
  }
}

/** Whether the service answers. While there is patience, one that is away is no error; one that refuses is. */
async function isThere(service: Service, runId: string, isPatient: boolean): Promise<boolean> {
  try {
    await service.answer(getWorkflowRun({ client: service.client, path: { run_id: runId } }));
    return true;
  } catch (error) {
    if (isPatient && error instanceof ServiceError && error.mayPass) return false;
    throw error;
  }
}
