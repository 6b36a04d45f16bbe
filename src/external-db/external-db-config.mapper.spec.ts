import type { Scope } from '../common/auth/caller-key';
import { RunQueryDto } from './dto/run-query.dto';
import { toSqlQuery } from './external-db-config.mapper';

describe('a query over REST', () => {
  const { signal } = new AbortController();

  it.each<[Scope[], boolean]>([
    [['run'], true],
    [['run', 'write'], false],
    [['admin'], false],
  ])('of a key with the scopes %j only reads: %p', (scopes, readOnly) => {
    const caller = { id: 'k', name: 'k', scopes, toolsetIds: null };
    expect(toSqlQuery(new RunQueryDto(), caller, signal)).toMatchObject({ readOnly });
  });
});
