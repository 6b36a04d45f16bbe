import { AuditEventRepository } from '../audit/audit-event.repository';
import { NO_SUBJECT } from '../audit/core/audit-event';
import { toEvent } from '../audit/to-event';
import type { AppConfig } from '../config/app-config';
import { poolOf } from '../database/pool-of';
import { connectionOptions, PostgresConnection } from '../database/postgres-connection';
import type { CommandDatabase } from './with-database';

/**
 * Keeps in the audit log what a command did to an API key, as it keeps what requests do. Nobody is named as its actor: who
 * types a command is known to the machine only.
 *
 * @param wishes what the key was to be; nothing of its text
 */
export async function recordKeyEvent(
  { auditEnabled }: AppConfig,
  { dataSource, url }: CommandDatabase,
  verb: 'create' | 'delete',
  keyId: string,
  wishes: object | null,
): Promise<void> {
  if (!auditEnabled) return;
  const events = new AuditEventRepository(new PostgresConnection(connectionOptions(url), poolOf(dataSource)));
  const event = toEvent(
    {
      ...NO_SUBJECT,
      action: `api_key.${verb}`,
      resourceType: 'api_key',
      resourceId: keyId,
      actor: null,
      clientAddress: null,
      client: 'mcp-backend command line',
      requestId: null,
      outcome: 'success',
      errorCode: null,
      durationMs: 0,
      request: null,
      arguments: wishes,
    },
    new Date(),
  );
  try {
    await events.write([event]);
  } finally {
    events.close();
  }
}
