import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** A data key as stored: encrypted under a master key. */
export interface DataKeyRecord {
  readonly id: string;
  /** What it encrypts: one key for each kind of secret. */
  readonly kind: string;
  readonly wrappedKey: string;
}

const COLUMNS = 'id, kind, wrapped_key AS "wrappedKey"';

/** The stored data keys, and the canary. */
@Injectable()
export class DataKeyRepository {
  constructor(private readonly dataSource: DataSource) {}

  async findAll(): Promise<DataKeyRecord[]> {
    return this.dataSource.query<DataKeyRecord[]>(`SELECT ${COLUMNS} FROM data_keys ORDER BY kind`);
  }

  async findById(id: string): Promise<DataKeyRecord | null> {
    const [found] = await this.dataSource.query<DataKeyRecord[]>(
      `SELECT ${COLUMNS} FROM data_keys WHERE id = $1`,
      [id],
    );
    return found ?? null;
  }

  /** Stores a data key unless its kind has one, and gives the one that its kind has. */
  async insertUnlessThere({ id, kind, wrappedKey }: DataKeyRecord): Promise<DataKeyRecord> {
    await this.dataSource.query(
      'INSERT INTO data_keys (id, kind, wrapped_key) VALUES ($1, $2, $3) ON CONFLICT (kind) DO NOTHING',
      [id, kind, wrappedKey],
    );
    const [kept] = await this.dataSource.query<[DataKeyRecord]>(
      `SELECT ${COLUMNS} FROM data_keys WHERE kind = $1`,
      [kind],
    );
    return kept;
  }

  /** Puts another wrapping in place of the one that was read; somebody else's newer one stays. */
  async replaceWrapping(id: string, before: string, after: string): Promise<void> {
    await this.dataSource.query('UPDATE data_keys SET wrapped_key = $3 WHERE id = $1 AND wrapped_key = $2', [
      id,
      before,
      after,
    ]);
  }

  async findCanary(): Promise<string | null> {
    const [row] = await this.dataSource.query<{ sealed: string }[]>('SELECT sealed FROM encryption_canary');
    return row?.sealed ?? null;
  }

  /** Stores the canary unless there is one, and gives the one that there is. */
  async insertCanaryUnlessThere(sealed: string): Promise<string> {
    await this.dataSource.query('INSERT INTO encryption_canary (sealed) VALUES ($1) ON CONFLICT DO NOTHING', [
      sealed,
    ]);
    return (await this.findCanary()) ?? sealed;
  }
}
