interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/** How {@link Together} works. */
export interface TogetherOptions {
  /** Rounds under way at a time. */
  readonly rounds: number;
  /** Items in one round. */
  readonly size: number;
  /** Whether a failure is everybody's, such as a lost connection: then nobody is tried by himself. */
  readonly failsAll: (error: unknown) => boolean;
}

/**
 * Does in one go what many ask for at the same time: at once when nothing is under way, else with whatever else has
 * come by the end of a round. So one request waits for nobody, and a hundred cost little more than one.
 */
export class Together<Item, Result> {
  private waiting: Waiting<Item, Result>[] = [];
  private underWay = 0;

  /** @param work gives a result for each item, in their order */
  constructor(
    private readonly work: (items: readonly Item[]) => Promise<readonly Result[]>,
    private readonly options: TogetherOptions,
  ) {}

  /** The result for one item. Rejects as `work` does for this item alone, whatever else was in its round. */
  do(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      if (this.underWay < this.options.rounds) void this.run();
    });
  }

  private async run(): Promise<void> {
    this.underWay += 1;
    while (this.waiting.length > 0) await this.round(this.waiting.splice(0, this.options.size));
    this.underWay -= 1;
  }

  private async round(group: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.work(group.map(({ item }) => item));
      if (results.length !== group.length) throw new Error('A round must give a result for each item');
      for (const [index, { resolve }] of group.entries()) resolve(results[index] as Result);
    } catch (error) {
      if (group.length > 1 && !this.options.failsAll(error)) {
        // One item's fault must not be the others'.
        await Promise.all(group.map((one) => this.round([one])));
      } else {
        for (const { reject } of group) reject(error);
      }
    }
  }
}
