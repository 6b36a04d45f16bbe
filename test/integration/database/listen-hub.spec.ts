import { Logger } from '@nestjs/common';
import { Pool } from 'pg';

import { type ChannelSubscriber, ListenHub } from '../../../src/database/listen-hub';
import { connectionOptions, PostgresConnection } from '../../../src/database/postgres-connection';
import { eventually } from '../../support/eventually';
import { createTestDatabase, type TestDatabase } from '../../support/test-database';

/** Keeps what it is told. */
class Listener implements ChannelSubscriber {
  readonly payloads: string[] = [];
  reconnects = 0;

  onNotify(payload: string): void {
    this.payloads.push(payload);
  }

  onReconnect(): void {
    this.reconnects += 1;
  }
}

let database: TestDatabase;
let pool: Pool;
let hub: ListenHub;

beforeAll(async () => {
  Logger.overrideLogger(false);
  database = await createTestDatabase();
});

afterAll(async () => {
  await database.drop();
});

beforeEach(() => {
  const options = connectionOptions(database.url);
  pool = new Pool(options);
  // Dropping the database may end a connection that is just being closed.
  pool.on('error', () => undefined);
  hub = new ListenHub(new PostgresConnection(options, pool));
});

afterEach(async () => {
  await hub.onApplicationShutdown();
  await pool.end();
});

async function listening(channel: string): Promise<Listener> {
  const listener = new Listener();
  hub.subscribe(channel, listener);
  await eventually(() => listener.reconnects > 0);
  return listener;
}

/** Process ids of the connections whose last statement begins with LISTEN, UNLISTEN or the health check. */
async function hubConnections(): Promise<number[]> {
  const { rows } = await pool.query<{ pid: number }>(
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%LISTEN %' AND pid <> pg_backend_pid()",
  );
  return rows.map(({ pid }) => pid);
}

it('delivers each payload to every subscriber of the channel, and to no other', async () => {
  const [first, second, other] = [await listening('a'), new Listener(), await listening('b')];
  hub.subscribe('a', second);
  await hub.notify('a', ['1', '2', 'with "quotes" \' and ünïcode']);
  await hub.notify('b', ['done']);
  await eventually(() => other.payloads.length > 0);
  expect(first.payloads).toEqual(['1', '2', 'with "quotes" \' and ünïcode']);
  expect(second.payloads).toEqual(first.payloads);
  expect(other.payloads).toEqual(['done']);
});

it('needs one connection, however many channels there are', async () => {
  await Promise.all(['a', 'b', 'Mixed "Case"'].map(listening));
  expect(await hubConnections()).toHaveLength(1);
});

it('stops to listen when the last subscriber goes, and begins again with the next', async () => {
  const stay = await listening('stay');
  const gone = new Listener();
  const unsubscribe = hub.subscribe('a', gone);
  await eventually(() => gone.reconnects > 0);
  unsubscribe();
  unsubscribe();
  await hub.notify('a', ['unheard']);
  await hub.notify('stay', ['heard']);
  await eventually(() => stay.payloads.length > 0);
  expect(gone.payloads).toEqual([]);

  const next = await listening('a');
  await hub.notify('a', ['again']);
  await eventually(() => next.payloads.length > 0);
  expect(gone.payloads).toEqual([]);
});

it('connects again when its connection breaks, and says that notifications may be missing', async () => {
  const listener = await listening('a');
  const [pid] = await hubConnections();
  await pool.query('SELECT pg_terminate_backend($1)', [pid]);
  await eventually(() => listener.reconnects > 1);
  await hub.notify('a', ['after']);
  await eventually(() => listener.payloads.length > 0);
  expect(listener.payloads).toEqual(['after']);
});

it('goes on when a subscriber throws', async () => {
  hub.subscribe('a', {
    onNotify: () => {
      throw new Error('broken');
    },
    onReconnect: () => {
      throw new Error('broken');
    },
  });
  const listener = new Listener();
  hub.subscribe('a', listener);
  await eventually(() => listener.reconnects > 0);
  await hub.notify('a', ['1']);
  await eventually(() => listener.payloads.length > 0);
});
