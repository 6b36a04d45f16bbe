import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';

import { Clock } from '../common/clock';
import { ApiKeyRepository } from './api-key.repository';

/** Each key's time is written at most this often: a write a request would cost more than the request. */
const WRITE_EVERY_MS = 60_000;

/** Gathers in memory when keys were last used, and writes it once a minute and at shutdown. */
@Injectable()
export class ApiKeyUsageService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('ApiKeys');
  private pending = new Map<string, Date>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly keys: ApiKeyRepository,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.write(), WRITE_EVERY_MS).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.write();
  }

  /** Notes that a key was used now. */
  note(keyId: string): void {
    this.pending.set(keyId, this.clock.now());
  }

  /** Writes what was gathered. What cannot be written now is kept for the next time. */
  async write(): Promise<void> {
    const written = this.pending;
    if (written.size === 0) return;
    this.pending = new Map();
    try {
      await this.keys.writeLastUsed(written);
    } catch (error) {
      for (const [id, at] of written) if (!this.pending.has(id)) this.pending.set(id, at);
      this.logger.warn(`last_used_at was not written, tried again in a minute: ${String(error)}`);
    }
  }
}
