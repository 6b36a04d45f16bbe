import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { Logger } from '@nestjs/common';
import express from 'express';
import { Client } from 'pg';

import { AuditEventRepository } from '../../../src/audit/audit-event.repository';
import { type AuditEventRecord } from '../../../src/audit/audit-event-record';
import { AuditEventService } from '../../../src/audit/audit-event.service';
import { AuditLog } from '../../../src/audit/audit-log';
import { type AuditedAction, NO_SUBJECT } from '../../../src/audit/core/audit-event';
import { sendJsonLines } from '../../../src/audit/json-lines';
import { SystemClock } from '../../../src/common/clock';
import { loadConfig } from '../../../src/config/load-config';
import { connectionOptions, PostgresConnection } from '../../../src/database/postgres-connection';
import { MetricsRegistry } from '../../../src/metrics/metrics-registry';
import type { SecretValuesService } from '../../../src/secrets/secret-values.service';
import { SecretRedactor } from '../../../src/security/secret-redactor';
import { auditEvent } from '../../support/audit-event';
import { eventually } from '../../support/eventually';
import { settledCount } from '../../support/settled-count';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy';
import { createTestDatabase, type TestDatabase } from '../../support/test-database';

const action: AuditedAction = {
  ...NO_SUBJECT,
  action: 'tool.call',
  outcome: 'success',
  errorCode: null,
  actor: null,
  clientAddress: '127.0.0.1',
  client: 'test/1',
  requestId: 'r',
  request: null,
  durationMs: 1,
  arguments: { a: 1 },
};

const noSecrets = {
  redactor: () => Promise.resolve(new SecretRedactor(new Map())),
} as unknown as SecretValuesService;

let database: TestDatabase;
let client: Client;

beforeAll(() => {
  Logger.overrideLogger(false);
});

async function open(): Promise<void> {
  database = await createTestDatabase();
  client = new Client(connectionOptions(database.url));
  await client.connect();
}

async function drop(): Promise<void> {
  await client.end();
  await database.drop();
}

/** @param url where events are written to; the database itself unless something stands between */
function repositoryAt(url = database.url): AuditEventRepository {
  const { driver } = database.dataSource as unknown as { driver: { master: PostgresConnection['pool'] } };
  return new AuditEventRepository(new PostgresConnection(connectionOptions(url), driver.master));
}

async function stored(): Promise<{ id: string; tool: string | null; arguments: unknown }[]> {
  return (await client.query('SELECT id, tool, arguments FROM audit_events ORDER BY id')).rows as never;
}

describe('the table of audit events', () => {
  let repository: AuditEventRepository;

  beforeAll(async () => {
    await open();
    repository = repositoryAt();
    await repository.write([auditEvent(), auditEvent({ createdAt: new Date('2020-01-01T00:00:00Z') })]);
  });

  afterAll(async () => {
    repository.close();
    await drop();
  });

  it.each([
    "UPDATE audit_events SET outcome = 'success'",
    'UPDATE audit_events SET outcome = outcome WHERE false',
    'DELETE FROM audit_events',
    'TRUNCATE audit_events',
    `INSERT INTO audit_events SELECT * FROM audit_events ON CONFLICT (id) DO UPDATE SET outcome = 'failed'`,
    'MERGE INTO audit_events e USING audit_events o ON e.id = o.id WHEN MATCHED THEN DELETE',
  ])('refuses %s', async (statement) => {
    await expect(client.query(statement)).rejects.toMatchObject({
      code: '42501',
      message: expect.stringMatching(/^audit_events is append-only: \w+ is refused$/) as string,
    });
    expect(await stored()).toHaveLength(2);
  });

  it('lets the retention delete, for the length of its transaction, and nothing else', async () => {
    await client.query("BEGIN; SET LOCAL mcp_backend.audit_retention = 'on'");
    await client.query("DELETE FROM audit_events WHERE created_at < '2021-01-01'");
    await expect(client.query('UPDATE audit_events SET tool = null')).rejects.toMatchObject({
      code: '42501',
    });
    await client.query("ROLLBACK; BEGIN; SET LOCAL mcp_backend.audit_retention = 'on'");
    await client.query("DELETE FROM audit_events WHERE created_at < '2021-01-01'; COMMIT");
    expect(await stored()).toHaveLength(1);
    await expect(client.query('DELETE FROM audit_events')).rejects.toMatchObject({ code: '42501' });
  });

  it('takes an event once, however often it is written', async () => {
    const event = auditEvent();
    await repository.write([event]);
    await repository.write([auditEvent(), event]);
    expect(await stored()).toHaveLength(3);
  });
});

describe('the audit log', () => {
  let proxy: TcpProxy;
  let registry: MetricsRegistry;
  let log: AuditLog;

  beforeEach(async () => {
    await open();
    proxy = await startTcpProxy(database.url);
    const config = loadConfig({}, false);
    registry = new MetricsRegistry(config);
    log = new AuditLog(config, new SystemClock(), repositoryAt(proxy.url), noSecrets, registry);
  });

  afterEach(async () => {
    await log.onApplicationShutdown();
    registry.onModuleDestroy();
    proxy.cut();
    await drop();
  });

  async function counted(name: string): Promise<number> {
    const metric = await registry.getSingleMetric(name)?.get();
    return (metric?.values ?? []).reduce((sum, { value }) => sum + value, 0);
  }

  it('stores arguments that PostgreSQL would not take as they came', async () => {
    log.record({ ...action, tool: 'nul\0', arguments: { 'k\0': 'a\0b', half: '\ud83d' } });
    log.record({ ...action, tool: 'next' });
    await eventually(async () => (await stored()).length === 2);
    expect(await stored()).toMatchObject([
      { tool: 'nul\ufffd', arguments: { 'k\ufffd': 'a\ufffdb', half: '\ufffd' } },
      { tool: 'next', arguments: { a: 1 } },
    ]);
  });

  it('loses of a group only the event that the database refuses, and counts it', async () => {
    for (let n = 0; n < 40; n += 1) {
      log.record({ ...action, ...(n === 17 && { definitionId: 'no uuid' }) });
    }
    await eventually(async () => (await stored()).length === 39);
    expect([
      await counted('audit_events_dropped_total'),
      await counted('audit_events_written_total'),
    ]).toEqual([1, 39]);
  });

  it('keeps events while the database is away, and stores each once when it is back', async () => {
    log.record(action);
    await eventually(async () => (await stored()).length === 1);
    const warn = jest.spyOn(Logger.prototype, 'warn');
    proxy.cut();
    for (let n = 0; n < 700; n += 1) log.record({ ...action, tool: `t${n}` });
    await eventually(() => warn.mock.calls.length > 0);
    expect(await counted('audit_events_waiting')).toBe(700);
    await proxy.mend();
    await eventually(async () => (await stored()).length === 701);
    expect(new Set((await stored()).map(({ tool }) => tool)).size).toBe(701);
    expect(await counted('audit_events_dropped_total')).toBe(0);
  });

  it('stores at the end what was recorded just before', async () => {
    for (let n = 0; n < 1_200; n += 1) log.record(action);
    await log.onApplicationShutdown();
    expect(await stored()).toHaveLength(1_200);
  });

  it('ends in time when the database does not answer, and counts what is lost', async () => {
    proxy.cut();
    log.record(action);
    await log.onApplicationShutdown();
    expect(await counted('audit_events_dropped_total')).toBe(1);
  });
});

describe('an export', () => {
  const COUNT = 1_700;
  let repository: AuditEventRepository;
  let service: AuditEventService;
  let server: Server;
  let url: string;

  beforeAll(async () => {
    await open();
    repository = repositoryAt();
    service = new AuditEventService(repository, new SystemClock());
    const at = (n: number) => new Date(Date.UTC(2026, 0, 1) + Math.floor(n / 3));
    // Three of each millisecond, so that a part may end between two of one time.
    await repository.write(
      Array.from({ length: COUNT }, (_, n) =>
        auditEvent({ createdAt: at(n), tool: `t${n % 2}`, arguments: { text: 'x'.repeat(1_000) } }),
      ),
    );
    const app = express();
    app.get('/', async (request, response) => {
      const { tool } = request.query as { tool?: string };
      await sendJsonLines(service.export(tool === undefined ? {} : { tool }), response);
    });
    server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });

  afterAll(async () => {
    server.close();
    repository.close();
    await drop();
  });

  afterEach(() => jest.restoreAllMocks());

  async function lines(query = ''): Promise<{ id: string; created_at: string; tool: string }[]> {
    const response = await fetch(url + query);
    expect(response.headers.get('content-type')).toMatch(/^application\/x-ndjson/);
    const text = await response.text();
    return text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as never);
  }

  it('gives each event once, oldest first, through many parts', async () => {
    const exported = await lines();
    expect(new Set(exported.map(({ id }) => id)).size).toBe(COUNT);
    const order = exported.map(({ created_at, id }) => `${created_at} ${id}`);
    expect(order).toEqual(order.toSorted());
  });

  it('gives what its filter says, and an empty text for nothing', async () => {
    expect((await lines('?tool=t1')).map(({ tool }) => tool)).toEqual(Array(COUNT / 2).fill('t1'));
    expect(await lines('?tool=none')).toEqual([]);
  });

  it('reads no further than its client, and stops when that has gone', async () => {
    const findNext = jest.spyOn(repository, 'findNext');
    const parts = jest.fn<Promise<AuditEventRecord[]>, []>();
    // Without an end: far more than the buffers between the two can hold.
    parts.mockResolvedValue(await repository.findNext({}, null, 500));
    findNext.mockImplementation(() => parts());
    const leaving = new AbortController();
    const response = await fetch(url, { signal: leaving.signal });
    expect(response.status).toBe(200);
    const stalled = await settledCount(() => parts.mock.calls.length);
    leaving.abort();
    expect(await settledCount(() => parts.mock.calls.length)).toBeLessThanOrEqual(stalled + 1);
    const { driver } = database.dataSource as unknown as { driver: { master: PostgresConnection['pool'] } };
    expect(driver.master.totalCount).toBe(driver.master.idleCount);
  });
});
