import { setTimeout as sleep } from 'node:timers/promises';

import type { DataSource } from 'typeorm';

import { dataSourceOptions } from '../../../src/database/data-source-options';
import { openDataSource } from '../../../src/database/open-data-source';
import {
  afterCommit,
  apart,
  inSharedTransaction,
  isSharing,
  sharing,
} from '../../../src/database/shared-transaction';
import { createDatabase, dropDatabase } from '../../support/test-database';

let url: string;
let dataSource: DataSource;

beforeAll(async () => {
  url = await createDatabase();
  dataSource = await openDataSource(dataSourceOptions(url));
  await dataSource.query('CREATE TABLE notes (text text PRIMARY KEY)');
});

beforeEach(() => dataSource.query('TRUNCATE notes'));

afterAll(async () => {
  await dataSource.destroy();
  await dropDatabase(url);
});

const write = (text: string): Promise<unknown> =>
  dataSource.query('INSERT INTO notes (text) VALUES ($1)', [text]);
const read = async (): Promise<string[]> => {
  const rows = await dataSource.query<{ text: string }[]>('SELECT text FROM notes ORDER BY text');
  return rows.map(({ text }) => text);
};

it('shows what it has written to itself alone, and to everybody after its commit', async () => {
  const value = await inSharedTransaction(dataSource, async (sql) => {
    await sql.query("INSERT INTO notes (text) VALUES ('a')");
    await write('b');
    await dataSource.transaction((manager) => manager.query("INSERT INTO notes (text) VALUES ('c')"));
    expect(await read()).toEqual(['a', 'b', 'c']);
    expect(await apart(read)).toEqual([]);
    return 'made';
  });
  expect(value).toBe('made');
  expect(await read()).toEqual(['a', 'b', 'c']);
});

it('lets others who can run SQL take part, as long as it is open', async () => {
  const asked: string[] = [];
  const elsewhere = sharing({
    query: (text) => {
      asked.push(text);
      return Promise.resolve([]);
    },
  });
  const texts = (): Promise<unknown[]> => elsewhere.query('SELECT text FROM notes');
  await inSharedTransaction(dataSource, async () => {
    await write('a');
    expect([isSharing(), await texts()]).toEqual([true, [{ text: 'a' }]]);
  });
  expect([isSharing(), await texts(), asked]).toEqual([false, [], ['SELECT text FROM notes']]);
});

it('leaves nothing when it throws, but what was done apart', async () => {
  const acted = jest.fn();
  const failing = inSharedTransaction(dataSource, async () => {
    await dataSource.transaction((manager) => manager.query("INSERT INTO notes (text) VALUES ('a')"));
    await apart(() => write('apart'));
    afterCommit(acted);
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(await read()).toEqual(['apart']);
  expect(acted).not.toHaveBeenCalled();
});

it('goes on after a transaction inside of it that failed', async () => {
  await inSharedTransaction(dataSource, async () => {
    await write('a');
    const again = dataSource.transaction((manager) => manager.query("INSERT INTO notes (text) VALUES ('a')"));
    await expect(again).rejects.toMatchObject({ code: '23505' });
    await write('b');
  });
  expect(await read()).toEqual(['a', 'b']);
});

it('acts when others can see what was written; outside of it, at once', async () => {
  let seen: Promise<string[]> | undefined;
  await inSharedTransaction(dataSource, async () => {
    afterCommit(() => {
      seen = apart(read);
    });
    await write('a');
    expect(seen).toBeUndefined();
  });
  expect(await seen).toEqual(['a']);

  const acted = jest.fn();
  afterCommit(acted);
  expect(acted).toHaveBeenCalledTimes(1);
});

it('lends its connection to nothing that goes on after it, and gives it back', async () => {
  const later: Promise<unknown>[] = [];
  for (let count = 0; count < 50; count++) {
    await inSharedTransaction(dataSource, async () => {
      await write(`in ${count}`);
      later.push(sleep(20).then(() => write(`after ${count}`)));
    });
    if (count % 10 === 9) await later.at(-1);
  }
  await Promise.all(later);
  expect(await read()).toHaveLength(100);
});
