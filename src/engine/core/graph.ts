import { fail, ok } from './result';
import type { Result } from './result';

/** A step and the steps that it needs. */
export interface GraphStep {
  readonly id: string;
  readonly needs: readonly string[];
}

/**
 * The steps of a workflow and their needs. An arrow points from a need to the step that needs it:
 *
 *     orders ──▶ enrich ──▶ post        enrich needs orders; post needs enrich and stock
 *     stock ─────────────────▲          post is a leaf: no step needs it
 *
 * Ids are distinct, and every need is the id of a step.
 */
export class StepGraph {
  /** What each step needs. Its order is the order of the steps. */
  private readonly needs = new Map<string, ReadonlySet<string>>();
  /** Which steps need each step. */
  private readonly dependents = new Map<string, string[]>();

  constructor(steps: readonly GraphStep[]) {
    for (const { id, needs } of steps) {
      this.needs.set(id, new Set(needs));
      this.dependents.set(id, []);
    }
    for (const [id, needs] of this.needs) {
      for (const need of needs) this.dependents.get(need)?.push(id);
    }
  }

  /**
   * The ids so that each comes after its needs, or a cycle that makes it impossible. Kahn's algorithm: take
   * what has no open need, close it for its dependents, go on.
   *
   *     orders(0) ─▶ post(2)     take orders ─▶  post(1)     take stock ─▶  post(0)     take post
   *     stock(0) ──▶             ·               stock(0)
   */
  topologicalOrder(): Result<string[], string[]> {
    const open = new Map([...this.needs].map(([id, needs]) => [id, needs.size]));
    const order = [...open].filter(([, count]) => count === 0).map(([id]) => id);
    // The list grows while it is walked.
    for (const id of order) {
      for (const dependent of this.dependents.get(id) ?? []) {
        const left = (open.get(dependent) ?? 0) - 1;
        open.set(dependent, left);
        if (left === 0) order.push(dependent);
      }
    }
    if (order.length === this.needs.size) return ok(order);
    const taken = new Set(order);
    return fail(this.cycleAmong([...this.needs.keys()].filter((id) => !taken.has(id))));
  }

  /** The ids of the steps that no step needs, in the order of the steps. */
  leaves(): string[] {
    return [...this.dependents].filter(([, dependents]) => dependents.length === 0).map(([id]) => id);
  }

  /**
   * A cycle among steps that could not be ordered. Each of them needs another one of them, so that whoever
   * follows the needs comes back to where it has been:
   *
   *     e ──▶ a ──▶ b ──▶ c        from e: e, then what it needs …, c needs b, b needs a, a needs c: again
   *           ▲───────────┘        the cycle is c → a → b → c without e
   *
   * @returns the ids along the arrows, the first again at the end: `a, b, a`
   */
  private cycleAmong(stuck: readonly string[]): string[] {
    const candidates = new Set(stuck);
    const path: string[] = [];
    let id = stuck[0];
    while (id !== undefined && !path.includes(id)) {
      path.push(id);
      id = [...(this.needs.get(id) ?? [])].find((need) => candidates.has(need));
    }
    if (id === undefined) return path;
    return [...path.slice(path.indexOf(id)), id].reverse();
  }
}
