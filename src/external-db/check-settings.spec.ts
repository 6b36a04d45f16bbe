import { checkSettings, type DbSettings, passwordIssue } from './check-settings';

const server: DbSettings = {
  dbType: 'postgresql',
  host: 'db.example',
  port: 5432,
  username: 'app',
  dbName: 'app',
  hasPassword: true,
  ssl: null,
};
const file: DbSettings = {
  dbType: 'sqlite',
  host: null,
  port: null,
  username: null,
  dbName: 'sales/2026.db',
  hasPassword: false,
  ssl: null,
};

const pathsOf = (settings: DbSettings): string[] => checkSettings(settings).map(({ path }) => path);

describe('settings', () => {
  it('are in order for a server with all of them, and for a file with none but its path', () => {
    expect([...checkSettings(server), ...checkSettings(file)]).toEqual([]);
    expect(checkSettings({ ...server, hasPassword: false })).toEqual([]);
  });

  it('need what a server needs', () => {
    expect(pathsOf({ ...server, host: null, username: null })).toEqual(['host', 'username']);
  });

  it('may not name a server for a file', () => {
    expect(pathsOf({ ...server, dbType: 'sqlite' })).toEqual(['host', 'port', 'username', 'password']);
    expect(pathsOf({ ...file, ssl: { mode: 'require' } })).toEqual(['ssl']);
  });

  it.each([
    '/etc/passwd',
    '../app.db',
    'a/../../b.db',
    'a//b.db',
    './a.db',
    '.hidden',
    'a/.hidden/b',
    'a\\b.db',
    'a\0b',
    'file:a.db',
    'a.db?mode=rw',
    'a b',
    '',
    `${'a'.repeat(252)}.db/b`,
  ])('may not lead out of the folder or hide: %j', (dbName) => {
    expect(pathsOf({ ...file, dbName })).toEqual(['db_name']);
  });

  it.each(['a.db', 'a', 'a/b/c.sqlite3', 'a-b_c+d@e.db', '2026.db'])('may name a file: %s', (dbName) => {
    expect(pathsOf({ ...file, dbName })).toEqual([]);
  });
});

describe('a stored password', () => {
  it.each<[string, Partial<DbSettings>]>([
    ['another host', { host: 'evil.example' }],
    ['another port', { port: 15432 }],
    ['no encryption any more', { ssl: null }],
    ['a certificate that is not checked any more', { ssl: { mode: 'require' } }],
    ['another authority', { ssl: { mode: 'verify_full', ca: 'other' } }],
  ])('does not go along to %s', (_name, change) => {
    const before: DbSettings = { ...server, ssl: { mode: 'verify_full' } };
    expect(passwordIssue(before, { ...before, ...change })?.path).toBe('password');
    expect(passwordIssue({ ...before, hasPassword: false }, { ...before, ...change })).toBeNull();
  });

  it('stays for another database or user of the same server', () => {
    const after: DbSettings = { ...server, dbName: 'b', username: 'c', ssl: { mode: 'disable' } };
    expect(passwordIssue(server, after)).toBeNull();
  });
});
