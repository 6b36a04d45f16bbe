import fc from 'fast-check';

import type { ApiDocument, Operation } from './api-document';
import { casesOf } from './case-arbitrary';
import { faultOf } from './checks';
import { CASE_KINDS, type CaseKind, type ContractCase, toCurl } from './contract-case';
import type { ContractClient } from './contract-client';
import type { KnownIds } from './domain-hints';

export interface Exploration {
  readonly api: ApiDocument;
  readonly client: ContractClient;
  readonly known: KnownIds;
  readonly seed: number;
  /** Requests for each operation and kind. */
  readonly runs: number;
}

/** How many properties are tried side by side: each waits for its own answers one after the other. */
const SIDE_BY_SIDE = 8;

/**
 * Tries every operation with generated requests of every kind.
 *
 * @returns what was found, each with the smallest request that shows it, as a curl line
 */
export async function explore(exploration: Exploration): Promise<string[]> {
  const tasks = exploration.api.operations.flatMap((operation) =>
    CASE_KINDS.map((kind) => () => exploreOne(exploration, operation, kind)),
  );
  return (await inParallel(tasks, SIDE_BY_SIDE)).filter((finding) => finding !== null);
}

async function exploreOne(
  { api, client, known, seed, runs }: Exploration,
  operation: Operation,
  kind: CaseKind,
): Promise<string | null> {
  const cases = casesOf({ api, operation, known }, kind);
  if (cases === null) return null;
  const holds = fc.asyncProperty(cases, async (request) => {
    const answer = await client.send(request);
    const fault = faultOf({ api, operation, request, answer });
    if (fault !== null) throw new Error(fault);
  });
  const outcome = await fc.check(holds, { seed, numRuns: runs });
  if (!outcome.failed) return null;
  const [smallest] = outcome.counterexample ?? [];
  return describe(client.baseUrl, smallest ?? null, outcome.errorInstance, seed);
}

function describe(baseUrl: string, smallest: ContractCase | null, error: unknown, seed: number): string {
  const message = error instanceof Error ? error.message : String(error);
  const line = smallest === null ? '(no request)' : toCurl(baseUrl, smallest);
  return `${message}\n  CONTRACT_SEED=${seed}\n  ${line}`;
}

/** Runs the tasks, at most `width` at once; the outcomes are in the order of the tasks. */
export async function inParallel<Value>(
  tasks: readonly (() => Promise<Value>)[],
  width: number,
): Promise<Value[]> {
  const outcomes = new Array<Value>(tasks.length);
  const queue = tasks.entries();
  const worker = async (): Promise<void> => {
    for (const [index, task] of queue) outcomes[index] = await task();
  };
  await Promise.all(Array.from({ length: width }, worker));
  return outcomes;
}
