import fc from 'fast-check';

import { StepGraph } from './graph';
import type { GraphStep } from './graph';

/** `{ b: 'a c' }`: b needs a and c. */
function graphOf(needs: Record<string, string>): StepGraph {
  return new StepGraph(
    Object.entries(needs).map(([id, list]) => ({ id, needs: list.split(' ').filter((need) => need !== '') })),
  );
}

describe('StepGraph', () => {
  it.each<[needs: Record<string, string>, order: string]>([
    [{ a: '' }, 'a'],
    [{ a: '', b: 'a', c: 'b' }, 'a b c'],
    [{ c: 'b', b: 'a', a: '' }, 'a b c'],
    [{ d: 'b c', b: 'a', c: 'a', a: '' }, 'a b c d'],
    [{ x: '', y: '', z: '' }, 'x y z'],
  ])('orders %j as %s', (needs, order) => {
    expect(graphOf(needs).topologicalOrder()).toEqual({ ok: true, value: order.split(' ') });
  });

  it.each<[needs: Record<string, string>, cycle: string]>([
    [{ a: 'a' }, 'a a'],
    [{ a: 'b', b: 'a' }, 'a b a'],
    [{ e: 'c', a: 'c', b: 'a', c: 'b' }, 'c a b c'],
    [{ s: '', a: 's b', b: 's a', t: 'a' }, 'a b a'],
  ])('finds the cycle of %j: %s', (needs, cycle) => {
    expect(graphOf(needs).topologicalOrder()).toEqual({ ok: false, error: cycle.split(' ') });
  });

  it('knows the steps that no step needs', () => {
    expect(graphOf({ a: '', b: 'a', c: 'a', d: '' }).leaves()).toEqual(['b', 'c', 'd']);
  });

  const graphs: fc.Arbitrary<GraphStep[]> = fc
    .array(fc.array(fc.nat({ max: 11 }), { maxLength: 4 }), { minLength: 1, maxLength: 12 })
    .map((lists) =>
      lists.map((needs, index) => ({
        id: `s${index}`,
        needs: needs.filter((need) => need < lists.length).map((need) => `s${need}`),
      })),
    );

  it('puts every step after its needs, or shows a cycle that is one', () => {
    fc.assert(
      fc.property(graphs, (steps) => {
        const ordered = new StepGraph(steps).topologicalOrder();
        const needsOf = (id: string): readonly string[] => steps.find((step) => step.id === id)?.needs ?? [];
        if (ordered.ok) {
          expect([...ordered.value].sort()).toEqual(steps.map(({ id }) => id).sort());
          ordered.value.forEach((id, at) => {
            for (const need of needsOf(id)) expect(ordered.value.indexOf(need)).toBeLessThan(at);
          });
          return;
        }
        const cycle = ordered.error;
        expect(cycle.length).toBeGreaterThan(1);
        expect(cycle[0]).toBe(cycle.at(-1));
        cycle.slice(1).forEach((id, at) => {
          expect(needsOf(id)).toContain(cycle[at]);
        });
      }),
    );
  });
});
