import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';

import { SCOPES } from '../common/auth/caller-key';
import { Clock } from '../common/clock';
import { AppError } from '../common/errors/app-error';
import { AppConfig } from '../config/app-config';
import { FIRST_KEY_FILE } from '../config/client-config';
import { generateApiKey, isWellFormedApiKey } from './api-key-format';
import { newApiKey } from './api-key.service';
import { ApiKeyRepository, type NewApiKey } from './api-key.repository';

/** A key that was generated, and the file that holds it. */
export interface MadeKey {
  readonly key: string;
  readonly path: string;
}

/**
 * Sees to it at boot that there is a key to begin with: `BOOTSTRAP_API_KEY` while no key exists; else, with the
 * embedded database only, a generated one. A shared database without keys waits for its operator, because a key
 * in one of several processes' folders would be found by nobody.
 */
@Injectable()
export class FirstKeyService implements OnApplicationBootstrap {
  private readonly logger = new Logger('ApiKeys');
  private made: MadeKey | null = null;

  constructor(
    private readonly config: AppConfig,
    private readonly keys: ApiKeyRepository,
    private readonly clock: Clock,
  ) {}

  /** @throws AppError that ends the start when BOOTSTRAP_API_KEY is no key: every request would be refused */
  async onApplicationBootstrap(): Promise<void> {
    const { bootstrapApiKey, databaseUrl, role } = this.config;
    if (role === 'worker') return;
    if (bootstrapApiKey !== null) await this.useGiven(bootstrapApiKey);
    else if (databaseUrl === null) await this.generate();
    else await this.warnWhenLockedOut();
  }

  /** The key that this start generated, to be shown to a person; given once, and kept no longer. */
  takeMade(): MadeKey | null {
    const { made } = this;
    this.made = null;
    return made;
  }

  private async useGiven(key: string): Promise<void> {
    if (!isWellFormedApiKey(key)) {
      throw new AppError(
        'INVALID_REQUEST',
        'BOOTSTRAP_API_KEY: must be mcp_, 26 characters of 0-9A-Za-z and their 6 check characters: docs/api-keys.md ' +
          'says how to make one. Or leave it out, and make the first key by "mcp-backend keys create NAME --scopes admin"',
      );
    }
    const inserted = await this.keys.insertFirst(() => Promise.resolve(this.recordOf(key)));
    if (inserted) this.logger.log('the first API key is the one in BOOTSTRAP_API_KEY');
  }

  private async generate(): Promise<void> {
    const key = generateApiKey();
    const path = join(this.config.dataDir, FIRST_KEY_FILE);
    // The file before the row: should the process die between, the next start makes another key.
    const inserted = await this.keys.insertFirst(async () => {
      await writePrivately(path, `${key}\n`);
      return this.recordOf(key);
    });
    if (!inserted) return;
    this.made = { key, path };
    this.logger.log(`the first API key was made and is in ${path}`);
  }

  private async warnWhenLockedOut(): Promise<void> {
    if (await this.keys.hasAny()) return;
    this.logger.warn(
      'there is no API key yet: set BOOTSTRAP_API_KEY (or BOOTSTRAP_API_KEY_FILE) and start again, or make one by "mcp-backend keys create NAME --scopes admin"',
    );
  }

  private recordOf(key: string): NewApiKey {
    const lasting = { name: 'bootstrap', scopes: SCOPES, toolsetIds: null, expiresAt: null };
    return newApiKey(key, { ...lasting, createdAt: this.clock.now() });
  }
}

/** Readable by the owner only, also when the file was there before with other rights. */
async function writePrivately(path: string, text: string): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, '', { mode: 0o600 });
  await chmod(path, 0o600);
  await writeFile(path, text);
}
