import { createSecretKey, randomBytes } from 'node:crypto';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { DataKeyRepository } from '../../../src/security/secret-box/data-key.repository';
import { readKeyFile } from '../../../src/security/secret-box/key-file';
import { KeyRing } from '../../../src/security/secret-box/key-ring';
import type { SealedPlace } from '../../../src/security/secret-box/sealed-text';
import { SecretBox } from '../../../src/security/secret-box/secret-box';
import { type DataDir, makeDataDir } from '../../support/data-dir';
import { createTestDatabase, type TestDatabase } from '../../support/test-database';

const [first, second] = [createSecretKey(randomBytes(32)), createSecretKey(randomBytes(32))] as const;
const place: SealedPlace = { table: 't', row: 'r', column: 'c' };

describe('SecretBox', () => {
  let database: TestDatabase;
  let dataKeys: DataKeyRepository;

  beforeEach(async () => {
    database = await createTestDatabase();
    dataKeys = new DataKeyRepository(database.dataSource);
  });

  afterEach(async () => {
    await database.drop();
  });

  const open = (...keys: (typeof first)[]): Promise<SecretBox> =>
    SecretBox.open(dataKeys, new KeyRing(keys), 'ENCRYPTION_KEY');

  it('opens what it sealed, in this process and in the next', async () => {
    const box = await open(first);
    const sealed = await box.seal('external_db_password', place, 'hunter2');
    expect(sealed).not.toContain('hunter2');
    expect(await box.unseal(place, sealed)).toBe('hunter2');
    expect(await (await open(first)).unseal(place, sealed)).toBe('hunter2');
  });

  it('opens what another process sealed under a key that is newer than this one', async () => {
    const early = await open(first);
    const sealed = await (await open(first)).seal('external_db_password', place, 'hunter2');
    expect(await early.unseal(place, sealed)).toBe('hunter2');
  });

  it('has one key a kind, however many processes begin together', async () => {
    const boxes = await Promise.all(Array.from({ length: 8 }, () => open(first)));
    const sealed = await Promise.all(boxes.map((box) => box.seal('external_db_password', place, 'x')));
    expect(new Set(sealed.map((text) => text.split('.')[1])).size).toBe(1);
    expect((await dataKeys.findAll()).map(({ kind }) => kind)).toEqual(['canary', 'external_db_password']);
  });

  it('stores no key in the clear', async () => {
    await (await open(first)).seal('external_db_password', place, 'x');
    for (const { wrappedKey } of await dataKeys.findAll()) expect(wrappedKey).toMatch(/^v1\.[0-9a-f]{16}\./);
  });

  it('refuses to open with another key, and says what to do', async () => {
    await open(first);
    await expect(open(second)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(
        /^ENCRYPTION_KEY: the secrets in this database were encrypted under another key/,
      ) as string,
    });
  });

  it('refuses to open with a canary that was changed', async () => {
    await open(first);
    await database.dataSource.query("UPDATE encryption_canary SET sealed = sealed || 'x'");
    await expect(open(first)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('goes over to a new key without touching a secret', async () => {
    const sealed = await (await open(first)).seal('external_db_password', place, 'hunter2');
    const both = await open(second, first);
    expect(await both.unseal(place, sealed)).toBe('hunter2');
    expect(await both.rewrapDataKeys()).toBe(2);
    expect(await both.rewrapDataKeys()).toBe(0);
    expect(await (await open(second)).unseal(place, sealed)).toBe('hunter2');
    await expect(open(first)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('opens nothing in another place, and does not say more than that', async () => {
    const box = await open(first);
    const sealed = await box.seal('external_db_password', place, 'hunter2');
    await expect(box.unseal({ ...place, row: 'other' }, sealed)).rejects.toMatchObject({
      code: 'INTERNAL',
      message: 'A stored secret cannot be decrypted: set it again',
    });
    await expect(box.unseal(place, 'hunter2')).rejects.toMatchObject({ code: 'INTERNAL' });
  });
});

describe('the key file', () => {
  let dataDir: DataDir;
  let path: string;

  beforeEach(() => {
    dataDir = makeDataDir();
    path = join(dataDir.path, 'encryption-key');
  });

  afterEach(() => {
    dataDir.remove();
  });

  it('is made once, for its owner only', async () => {
    const [made] = await readKeyFile(path, true);
    const [read] = await readKeyFile(path, true);
    expect(made !== undefined && read?.equals(made)).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, 'utf8')).toMatch(/^[A-Za-z0-9+/]{43}=\n$/);
  });

  it('is not made while secrets depend on what was in it', async () => {
    await readKeyFile(path, true);
    rmSync(path);
    await expect(readKeyFile(path, false)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('Put it back from a backup') as string,
    });
  });

  it('is refused when it holds something else, which is not shown', async () => {
    writeFileSync(path, 'hunter2');
    const failure: unknown = await readKeyFile(path, true).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'UNAVAILABLE' });
    expect(String(failure)).not.toContain('hunter2');
  });
});
