import type { Scope } from '../common/auth/caller-key';
import { isJsonObject } from '../engine/core/json';

/** Messages that make something happen; all others read. */
const RUNNING_METHODS = new Set<unknown>(['tools/call', 'tasks/cancel']);

/** What a key needs for a message, or for all of a batch of the earlier era. */
export function neededScope(body: unknown): Scope {
  const messages: unknown[] = Array.isArray(body) ? body : [body];
  return messages.some((message) => isJsonObject(message) && RUNNING_METHODS.has(message.method))
    ? 'run'
    : 'read';
}
