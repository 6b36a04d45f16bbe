import { Together } from './together';

/** Rounds of work that end when the test says so. */
function controlled() {
  const rounds: { readonly items: readonly number[]; readonly end: () => void }[] = [];
  const work = (items: readonly number[]): Promise<number[]> =>
    new Promise((resolve, reject) => {
      const end = (): void => {
        if (items.includes(13)) reject(new Error(`13 in ${items.join()}`));
        else resolve(items.map((item) => item * 10));
      };
      rounds.push({ items, end });
    });
  return { rounds, work };
}

const failsAll = (): boolean => false;

describe('Together', () => {
  it('begins at once, and gathers what comes meanwhile', async () => {
    const { rounds, work } = controlled();
    const together = new Together(work, { rounds: 1, size: 3, failsAll });
    const results = [1, 2, 3, 4, 5].map((item) => together.do(item));
    expect(rounds.map(({ items }) => items)).toEqual([[1]]);
    rounds[0]?.end();
    await results[0];
    await Promise.resolve();
    expect(rounds[1]?.items).toEqual([2, 3, 4]);
    rounds[1]?.end();
    await results[1];
    await Promise.resolve();
    rounds[2]?.end();
    await expect(Promise.all(results)).resolves.toEqual([10, 20, 30, 40, 50]);
  });

  it('runs no more rounds at a time than it may', () => {
    const { rounds, work } = controlled();
    const together = new Together(work, { rounds: 2, size: 10, failsAll });
    for (const item of [1, 2, 3, 4]) void together.do(item);
    expect(rounds.map(({ items }) => items)).toEqual([[1], [2]]);
  });

  it('tries each by itself where a round fails, so that one fault stays with its own item', async () => {
    const work = (items: readonly number[]): Promise<number[]> =>
      items.includes(13) ? Promise.reject(new Error(`${items.length} with 13`)) : Promise.resolve([...items]);
    const together = new Together(work, { rounds: 1, size: 10, failsAll });
    const results = await Promise.allSettled([1, 2, 13, 4].map((item) => together.do(item)));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(results[2]).toMatchObject({ reason: new Error('1 with 13') });
  });

  it('tries nobody again where the failure is everybody’s', async () => {
    const work = jest.fn(() => Promise.reject(new Error('the connection is gone')));
    const together = new Together(work, { rounds: 1, size: 10, failsAll: () => true });
    const results = await Promise.allSettled([1, 2, 3].map((item) => together.do(item)));
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(work).toHaveBeenCalledTimes(2);
  });
});
