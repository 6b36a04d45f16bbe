import { PAGE_SIZE, pageOf } from './page';

const things = Array.from({ length: PAGE_SIZE * 2 + 1 }, (_, index) => index);

it('gives every thing once, page by page', () => {
  const seen: number[] = [];
  let cursor: string | undefined;
  do {
    const page = pageOf(things, cursor);
    seen.push(...(page?.items ?? []));
    cursor = page?.nextCursor;
  } while (cursor !== undefined);
  expect(seen).toEqual(things);
});

it('gives a list of nothing one page', () => {
  expect(pageOf([], undefined)).toEqual({ items: [] });
});

it.each(['', '0', '1', '-1000', '1e3', String(PAGE_SIZE * 3), 'x'])(
  'knows the cursor %j for none of ours',
  (cursor) => {
    expect(pageOf(things, cursor)).toBeNull();
  },
);
