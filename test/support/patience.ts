/**
 * Tests that start threads, programs and databases take what a busy machine of two cores takes: a limit is there for what hangs,
 * not for what is slow. What must be fast is measured by `npm run bench`.
 */
jest.setTimeout(360_000);
