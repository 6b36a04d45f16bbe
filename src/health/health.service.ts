import { Injectable } from '@nestjs/common';
import type { QueryConfig } from 'pg';

import { PostgresConnection } from '../database/postgres-connection';

/** A database that takes longer is of no use to a request. */
const PATIENCE_MS = 2_000;

/** Tells whether this process can do its work. */
@Injectable()
export class HealthService {
  /** The check under way: however many callers ask, the database is asked once at a time. */
  private check: Promise<boolean> | null = null;

  constructor(private readonly connection: PostgresConnection) {}

  /** Whether the database answers; never rejects, and answers within {@link PATIENCE_MS}. */
  isHealthy(): Promise<boolean> {
    this.check ??= this.askDatabase().finally(() => {
      this.check = null;
    });
    let timer: NodeJS.Timeout;
    const tooLate = new Promise<boolean>((resolve) => {
      timer = setTimeout(resolve, PATIENCE_MS, false);
    });
    return Promise.race([this.check, tooLate]).finally(() => {
      clearTimeout(timer);
    });
  }

  private async askDatabase(): Promise<boolean> {
    // `query_timeout` is a setting of `pg` that its types know for whole connections only.
    const query = { text: 'SELECT 1', query_timeout: PATIENCE_MS } as QueryConfig;
    try {
      await this.connection.pool.query(query);
      return true;
    } catch {
      return false;
    }
  }
}
