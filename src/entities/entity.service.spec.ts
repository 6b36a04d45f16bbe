import type { CallerKey, Scope } from '../common/auth/caller-key';
import type { EntityRelation, EntitySource, EntityType } from '../common/entities/entity-source';
import { relatedAmong } from '../common/entities/related-page';
import { EntityRegistry } from './entity-registry';
import { EntityService } from './entity.service';

const WISH = { relationship: undefined, after: undefined, limit: 100 };

function source(type: EntityType, scope: Scope = 'read'): EntitySource {
  return {
    type,
    scope,
    idForm: 'a word',
    readId: (text) => (/^\w+$/.test(text) ? text.toLowerCase() : null),
    get: (id) => Promise.resolve({ name: `${type} ${id}` }),
  };
}

function relation(
  from: EntityType,
  name: string,
  to: EntityType,
  { size = 'few', ids = [] }: { size?: EntityRelation['size']; ids?: string[] } = {},
): EntityRelation {
  return { from, name, to, size, list: (_id, query) => Promise.resolve(relatedAmong(ids, query)) };
}

function caller(...scopes: Scope[]): CallerKey {
  return { id: 'k', name: 'k', scopes, toolsetIds: null };
}

describe('EntityService', () => {
  let registry: EntityRegistry;
  let entities: EntityService;

  beforeEach(() => {
    registry = new EntityRegistry();
    entities = new EntityService(registry);
    registry.register({
      sources: [source('workflow_run'), source('mcp_version'), source('api_key', 'admin')],
      relations: [
        relation('workflow_run', 'uses', 'mcp_version', { size: 'many', ids: ['a', 'b', 'c'] }),
        relation('workflow_run', 'started_by', 'api_key', { size: 'one', ids: ['key'] }),
        relation('workflow_run', 'calls', 'mcp_version', { ids: ['d', 'e'] }),
      ],
    });
  });

  it('gives the id in its one form, the data, and short relations before long ones', async () => {
    const details = await entities.get('workflow_run', 'RUN', WISH, caller('admin'));
    expect(details).toMatchObject({
      id: 'run',
      type: 'workflow_run',
      data: { name: 'workflow_run run' },
      next: null,
    });
    expect(details.related.map(({ relationship, id }) => `${relationship} ${id}`)).toEqual([
      'started_by key',
      'calls d',
      'calls e',
      'uses a',
      'uses b',
      'uses c',
    ]);
  });

  it.each([1, 2, 3, 4, 5, 6, 7])('gives each related entity once in parts of %i', async (limit) => {
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const { related, next } = await entities.get(
        'workflow_run',
        'run',
        { ...WISH, limit, after },
        caller('admin'),
      );
      expect(related.length).toBeLessThanOrEqual(limit);
      seen.push(...related.map(({ id }) => id));
      after = next ?? undefined;
    } while (after !== undefined);
    expect(seen).toEqual(['key', 'd', 'e', 'a', 'b', 'c']);
  });

  it('gives one relation alone when it is named', async () => {
    const wish = { ...WISH, relationship: 'calls', limit: 1 };
    const first = await entities.get('workflow_run', 'run', wish, caller('read'));
    expect(first.related.map(({ id }) => id)).toEqual(['d']);
    const second = await entities.get(
      'workflow_run',
      'run',
      { ...wish, after: first.next ?? '' },
      caller('read'),
    );
    expect([second.related.map(({ id }) => id), second.next]).toEqual([['e'], null]);
  });

  it('shows a relation only to a key that may see what it leads to', async () => {
    const { related } = await entities.get('workflow_run', 'run', WISH, caller('read'));
    expect(related.map(({ type }) => type)).not.toContain('api_key');
    await expect(entities.get('api_key', 'key', WISH, caller('read'))).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
  });

  it('leaves out relations to types that nobody registered', async () => {
    registry.register({ relations: [relation('mcp_version', 'uses', 'external_db_config', { ids: ['x'] })] });
    const { related } = await entities.get('mcp_version', 'v', WISH, caller('read'));
    expect(related).toEqual([]);
  });

  it.each([
    ['an unknown type', 'user', 'run', WISH, 'entity_type', 'api_key, mcp_version, workflow_run'],
    ['a malformed id', 'workflow_run', 'a b', WISH, 'entity_id', 'must be a word'],
    [
      'an unknown relationship',
      'workflow_run',
      'run',
      { ...WISH, relationship: 'x' },
      'relationship',
      'calls, uses',
    ],
    [
      'a relationship of none',
      'api_key',
      'k',
      { ...WISH, relationship: 'x' },
      'relationship',
      'no relations',
    ],
    [
      'a marker of another relation',
      'workflow_run',
      'run',
      { ...WISH, after: 'x:a' },
      'after',
      'related_next',
    ],
    [
      'a marker that is none',
      'workflow_run',
      'run',
      { ...WISH, after: 'calls:a b' },
      'after',
      'related_next',
    ],
  ])('refuses %s, naming what is allowed', async (_case, type, id, wish, path, allowed) => {
    await expect(entities.get(type, id, wish, caller('admin'))).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      message: expect.stringContaining(allowed) as string,
      details: { errors: [{ path }] },
    });
  });
});

describe('EntityRegistry', () => {
  it('refuses a second source of a type, and a second relation of a name', () => {
    const registry = new EntityRegistry();
    registry.register({ sources: [source('api_key')] });
    expect(() => {
      registry.register({ sources: [source('api_key')] });
    }).toThrow('Two sources of api_key');
    registry.register({ relations: [relation('api_key', 'started', 'workflow_run')] });
    expect(() => {
      registry.register({ relations: [relation('api_key', 'started', 'mcp_version')] });
    }).toThrow('Two relations started from api_key');
  });
});
