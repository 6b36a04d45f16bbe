/** A part of a list, with the length of the whole. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** How many there are in all, beyond this page too. */
  readonly total: number;
  readonly skip: number;
  readonly limit: number;
}

/** The same page with each item as `map` makes it. */
export function mapPage<From, To>(page: Page<From>, map: (item: From) => To): Page<To> {
  return { ...page, items: page.items.map(map) };
}
