import type { CallToolResult } from '@modelcontextprotocol/server';

/** The extension by which a call becomes a task that its client asks after (SEP-2663, for 2026-07-28). */
export const TASKS_EXTENSION = 'io.modelcontextprotocol/tasks';

/** How often a client should ask, milliseconds. */
const POLL_MS = 1_000;

/** What of a run a task tells. */
export interface TaskRun {
  readonly id: string;
  readonly status: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A run as a task. It has the run's id: so every replica knows it, and it lasts as long as the run. */
interface Task {
  readonly taskId: string;
  readonly status: 'working' | 'completed' | 'cancelled';
  readonly createdAt: string;
  readonly lastUpdatedAt: string;
  /** Null: as long as runs are kept. */
  readonly ttlMs: null;
  readonly pollIntervalMs: number;
  readonly [member: string]: unknown;
}

/** What is given instead of a result; to the SDK it is one, so that it has content. */
export type CreatedTask = Task & CallToolResult & { readonly resultType: 'task' };

/** A call that goes on as a task. */
export function createdTask(run: TaskRun): CreatedTask {
  return { resultType: 'task', ...taskOf(run, 'working'), content: [] };
}

/**
 * A task as a client that asks after it is told.
 *
 * @param result of a run that has ended, that failed too: what goes wrong in a tool is a result
 */
export function askedTask(run: TaskRun, result: CallToolResult | null): Task {
  if (run.status === 'cancelled') return taskOf(run, 'cancelled');
  return result === null ? taskOf(run, 'working') : { ...taskOf(run, 'completed'), result };
}

export function isTask(result: CallToolResult | CreatedTask): result is CreatedTask {
  return result['resultType'] === 'task';
}

/** Whether the client of a request can go on by a task. */
export function takesTasks(capabilities: unknown): boolean {
  const { extensions } = (capabilities ?? {}) as { readonly extensions?: object | null };
  return typeof extensions === 'object' && extensions !== null && TASKS_EXTENSION in extensions;
}

function taskOf({ id, createdAt, updatedAt }: TaskRun, status: Task['status']): Task {
  return {
    taskId: id,
    status,
    createdAt: createdAt.toISOString(),
    lastUpdatedAt: updatedAt.toISOString(),
    ttlMs: null,
    pollIntervalMs: POLL_MS,
  };
}
