import { hash } from 'node:crypto';

import { LRUCache } from 'lru-cache';

const MAX_KNOWN = 10_000;
const FORGET_AFTER_MS = 60 * 60 * 1_000;

/**
 * The credentials that were accepted here within the last hour, as hashes. They stay welcome from an address that is
 * refused for guessing: otherwise one client with an expired key would lock out all who share its address.
 */
export class KnownCredentials {
  private readonly known = new LRUCache<string, true>({ max: MAX_KNOWN, ttl: FORGET_AFTER_MS });

  add(credential: string): void {
    this.known.set(hash('sha256', credential, 'base64'), true);
  }

  has(credential: string): boolean {
    return this.known.has(hash('sha256', credential, 'base64'));
  }
}
