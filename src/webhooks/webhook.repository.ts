import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';

import { assertExpected, type ExpectedRevisions } from '../common/conditional/expected-revisions';
import { lockExpected } from '../common/conditional/lock-expected';
import { AppError } from '../common/errors/app-error';
import { violatesUnique } from '../common/errors/unique-violation';
import { type PageRow, pageStatement, readPageRows } from '../common/pagination/page-statement';
import type { DefinitionUser } from '../common/versioning/definition-records';
import { inDataSourceTransaction } from '../database/data-source-transaction';
import type { SqlExecutor } from '../database/sql-executor';

/** What a webhook is, as its owner sees it. */
export interface WebhookRecord {
  readonly id: string;
  readonly name: string;
  readonly workflowDefinitionId: string;
  readonly enabled: boolean;
  readonly tokenPrefix: string;
  /** The header that posts are signed in; null when they need not be. */
  readonly signatureHeader: string | null;
  readonly rateLimitPerMinute: number;
  readonly revision: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A token as it is stored. */
export interface StoredToken {
  readonly tokenHash: Buffer;
  readonly tokenPrefix: string;
}

/** What a webhook is made of. */
export interface NewWebhook
  extends StoredToken, Pick<WebhookRecord, 'id' | 'name' | 'workflowDefinitionId' | 'enabled'> {
  readonly rateLimitPerMinute: number;
  readonly signatureHeader: string | null;
  /** Encrypted; null exactly when the header is. */
  readonly signatureSecret: string | null;
}

/** What is replaced: all but the id and the token. `signatureSecret` undefined leaves it as it is. */
export type WebhookReplacement = Omit<NewWebhook, 'id' | keyof StoredToken | 'signatureSecret'> & {
  readonly signatureSecret: string | null | undefined;
};

const COLUMNS = `
  w.id, w.name, w.workflow_definition_id AS "workflowDefinitionId", w.enabled, w.token_prefix AS "tokenPrefix",
  w.signature_header AS "signatureHeader", w.rate_limit_per_minute AS "rateLimitPerMinute",
  w.revision, w.created_at AS "createdAt", w.updated_at AS "updatedAt"`;

/** The stored webhooks, as their owners see and change them. */
@Injectable()
export class WebhookRepository {
  constructor(private readonly dataSource: DataSource) {}

  async findById(id: string): Promise<WebhookRecord | null> {
    const rows: WebhookRecord[] = await this.dataSource.query(
      `SELECT ${COLUMNS} FROM webhooks w WHERE w.id = $1`,
      [id],
    );
    return rows[0] ?? null;
  }

  /** A page of the webhooks, newest first; of one workflow only when it is given. */
  async listNewest(
    workflowDefinitionId: string | undefined,
    skip: number,
    limit: number,
  ): Promise<{ rows: WebhookRecord[]; total: number }> {
    const values = workflowDefinitionId === undefined ? [] : [workflowDefinitionId];
    const statement = pageStatement(
      {
        columns: COLUMNS,
        from: 'webhooks w',
        where: values.length === 0 ? [] : ['w.workflow_definition_id = $1'],
        alias: 'w',
      },
      values.length,
    );
    const rows: PageRow<WebhookRecord>[] = await this.dataSource.query(statement, [...values, limit, skip]);
    return readPageRows(rows);
  }

  /**
   * @param check runs first, in the transaction; what it throws undoes everything
   * @throws AppError CONFLICT when another webhook has the name
   */
  async insert(webhook: NewWebhook, check: (sql: SqlExecutor) => Promise<void>): Promise<void> {
    await this.refusingTakenNames(async (sql) => {
      await check(sql);
      await sql.query(
        `INSERT INTO webhooks (id, name, workflow_definition_id, enabled, rate_limit_per_minute, signature_header,
           signature_secret, token_hash, token_prefix)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
        [
          webhook.id,
          webhook.name,
          webhook.workflowDefinitionId,
          webhook.enabled,
          webhook.rateLimitPerMinute,
          webhook.signatureHeader,
          webhook.signatureSecret,
          webhook.tokenHash,
          webhook.tokenPrefix,
        ],
      );
    });
  }

  /**
   * Changes a webhook as `decide` says, alone: others who change it wait.
   *
   * @returns false when there is none
   * @throws AppError PRECONDITION_FAILED; CONFLICT when another webhook has the name
   */
  async change(
    id: string,
    expected: ExpectedRevisions,
    decide: (current: WebhookRecord, sql: SqlExecutor) => Promise<WebhookReplacement>,
  ): Promise<boolean> {
    return this.refusingTakenNames(async (sql) => {
      const [current] = await sql.query<WebhookRecord>(
        `SELECT ${COLUMNS} FROM webhooks w WHERE w.id = $1 FOR UPDATE`,
        [id],
      );
      if (current === undefined) return false;
      assertExpected(expected, current.revision);
      const next = await decide(current, sql);
      await sql.query(
        `UPDATE webhooks SET name = $2, workflow_definition_id = $3, enabled = $4, rate_limit_per_minute = $5,
           signature_header = $6, signature_secret = CASE WHEN $7 THEN $8 ELSE signature_secret END,
           revision = revision + 1, updated_at = now()
         WHERE id = $1`,
        [
          id,
          next.name,
          next.workflowDefinitionId,
          next.enabled,
          next.rateLimitPerMinute,
          next.signatureHeader,
          next.signatureSecret !== undefined,
          next.signatureSecret ?? null,
        ],
      );
      return true;
    });
  }

  /**
   * Gives a webhook another address; the old one ends with the commit.
   *
   * @returns false when there is none
   * @throws AppError PRECONDITION_FAILED
   */
  async replaceToken(
    id: string,
    { tokenHash, tokenPrefix }: StoredToken,
    expected: ExpectedRevisions,
  ): Promise<boolean> {
    return inDataSourceTransaction(this.dataSource, async (sql) => {
      if (!(await lockExpected(sql, 'webhooks', id, expected))) return false;
      await sql.query(
        `UPDATE webhooks SET token_hash = $2, token_prefix = $3, revision = revision + 1, updated_at = now()
         WHERE id = $1`,
        [id, tokenHash, tokenPrefix],
      );
      return true;
    });
  }

  /**
   * @returns false when there is none
   * @throws AppError PRECONDITION_FAILED
   */
  async delete(id: string, expected: ExpectedRevisions): Promise<boolean> {
    return inDataSourceTransaction(this.dataSource, async (sql) => {
      if (!(await lockExpected(sql, 'webhooks', id, expected))) return false;
      await sql.query('DELETE FROM webhooks WHERE id = $1', [id]);
      return true;
    });
  }

  /** The webhooks that start a workflow, disabled ones too. */
  async findUsersOfWorkflow(
    workflowDefinitionId: string,
    manager: EntityManager,
  ): Promise<readonly DefinitionUser[]> {
    return manager.query<DefinitionUser[]>(
      `SELECT 'webhook' AS type, id, name FROM webhooks WHERE workflow_definition_id = $1 ORDER BY name`,
      [workflowDefinitionId],
    );
  }

  private async refusingTakenNames<Value>(work: (sql: SqlExecutor) => Promise<Value>): Promise<Value> {
    try {
      return await inDataSourceTransaction(this.dataSource, work);
    } catch (error) {
      if (!violatesUnique(error, 'webhooks_name')) throw error;
      throw new AppError('CONFLICT', 'name: another webhook has it; choose another', { cause: error });
    }
  }
}
