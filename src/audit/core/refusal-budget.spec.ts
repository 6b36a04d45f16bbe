import { RefusalBudget } from './refusal-budget';

const kept = (budget: RefusalBudget, tries: number, sender: (n: number) => string, now: number): number =>
  Array.from({ length: tries }, (_, n) => budget.take(sender(n), now)).filter(Boolean).length;

describe('the budget of refusals', () => {
  it('keeps twenty of a sender in a minute, and again in the next', () => {
    const budget = new RefusalBudget();
    expect(kept(budget, 1_000, () => 'a', 0)).toBe(20);
    expect(kept(budget, 5, () => 'b', 0)).toBe(5);
    expect(kept(budget, 1_000, () => 'a', 59_999)).toBe(0);
    expect(kept(budget, 1_000, () => 'a', 60_000)).toBe(20);
  });

  it('bounds what senders without number can leave', () => {
    const budget = new RefusalBudget();
    expect(kept(budget, 50_000, (n) => `address ${n}`, 0)).toBe(600);
    expect(kept(budget, 50_000, (n) => `address ${n}`, 60_000)).toBe(600);
  });
});
