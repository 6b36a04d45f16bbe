import { ApiKeyRepository, type ListedApiKey } from '../api-keys/api-key.repository';
import { toApiKeyResponse, toCreatedApiKeyResponse } from '../api-keys/api-key.mapper';
import { draftApiKey } from '../api-keys/api-key.service';
import { CreateApiKeyDto } from '../api-keys/dto/create-api-key.dto';
import { AppError } from '../common/errors/app-error';
import { invalidRequest } from '../common/errors/invalid-request';
import { checkBody } from '../common/wire/check-dto';
import { isUuid } from '../common/wire/is-uuid';
import { toWire } from '../common/wire/to-wire';
import type { AppConfig } from '../config/app-config';
import { columns } from './columns';
import { recordKeyEvent } from './record-key-event';
import { type CommandDatabase, requireSchema, withDatabase } from './with-database';

/** More keys than anybody can look through. */
const MOST_LISTED = 1_000;

export interface KeyWishes {
  /** Null: all but `admin`. */
  readonly scopes: readonly string[] | null;
  /** ISO 8601; null: it does not end. */
  readonly expiresAt: string | null;
}

/** What was made: the text of the key, and what a person should know of it. */
export interface MadeKeyTexts {
  readonly key: string;
  readonly facts: string;
  /** As the REST API would answer. */
  readonly json: unknown;
}

/** Makes an API key in the database: for who has lost the last one, and for scripts that set a machine up. */
export function createKey(config: AppConfig, name: string, wishes: KeyWishes): Promise<MadeKeyTexts> {
  const checked = checkBody(CreateApiKeyDto, {
    name,
    ...(wishes.scopes !== null && { scopes: wishes.scopes }),
    ...(wishes.expiresAt !== null && { expires_at: wishes.expiresAt }),
  });
  if (!checked.ok) throw invalidRequest(checked.error);
  const created = draftApiKey(checked.value, new Date());
  return withKeys(config, async (keys, database) => {
    await keys.insert(created.record);
    const { id, scopes, expiresAt } = created.record;
    await recordKeyEvent(config, database, 'create', id, { name, scopes, expires_at: wishes.expiresAt });
    return {
      key: created.key,
      facts: `The key "${name}" was made (id ${id}; ${scopes.join(', ')}; ${endOf(expiresAt)}). It is shown this once:`,
      json: toWire(toCreatedApiKeyResponse(created)),
    };
  });
}

/** The keys without their texts, newest first: as a table, and as the REST API shows them. */
export function listKeys(config: AppConfig): Promise<{ table: string; json: unknown }> {
  return withKeys(config, async (keys) => {
    const { rows } = await keys.listNewest({}, 0, MOST_LISTED);
    const table = columns([
      ['NAME', 'BEGINS WITH', 'SCOPES', 'LAST USED', 'ENDS', 'ID'],
      ...rows.map((key) => [
        key.name,
        key.prefix,
        key.scopes.join(','),
        key.lastUsedAt?.toISOString() ?? 'never',
        key.expiresAt?.toISOString() ?? 'never',
        key.id,
      ]),
    ]);
    return { table, json: toWire(rows.map(toApiKeyResponse)) };
  });
}

/**
 * Deletes a key; every running process refuses it at once.
 *
 * @param which its id, its name, or what its text begins with
 * @throws AppError NOT_FOUND, or CONFLICT when several are meant, or it is the last one that can make others
 */
export function revokeKey(config: AppConfig, which: string): Promise<string> {
  return withKeys(config, async (keys, database) => {
    const { id, name } = await findOne(keys, which);
    if ((await keys.deleteUnlessLastAdmin(id, null)) === 'last_admin') {
      throw new AppError(
        'CONFLICT',
        `"${name}" is the last key with the scope admin: make another one first (mcp-backend keys create NAME --scopes admin)`,
      );
    }
    await recordKeyEvent(config, database, 'delete', id, null);
    return `The key "${name}" (id ${id}) works no more.`;
  });
}

async function findOne(keys: ApiKeyRepository, which: string): Promise<ListedApiKey> {
  const byId = isUuid(which) ? await keys.findById(which) : null;
  if (byId !== null) return byId;
  const { rows } = await keys.listNewest({ search: which }, 0, MOST_LISTED);
  const [found, other] = rows.filter(({ name, prefix }) => name === which || prefix === which);
  if (found === undefined) {
    throw new AppError('NOT_FOUND', `There is no key "${which}": "mcp-backend keys list" shows them`);
  }
  if (other === undefined) return found;
  throw new AppError('CONFLICT', `Several keys are called "${which}": give the id of one of them`);
}

function withKeys<Value>(
  config: AppConfig,
  work: (keys: ApiKeyRepository, database: CommandDatabase) => Promise<Value>,
): Promise<Value> {
  return withDatabase(config, {}, async (database) => {
    await requireSchema(database);
    return work(new ApiKeyRepository(database.dataSource), database);
  });
}

function endOf(expiresAt: Date | null): string {
  return expiresAt === null ? 'it does not end' : `it ends at ${expiresAt.toISOString()}`;
}
