import { createHash, createSecretKey, type KeyObject } from 'node:crypto';

import { keyIdOf, type NamedKey, seal, type SealedPlace, unseal } from './sealed-text';

/** Keeps a fingerprint apart from any other hash of the same bytes. */
const FINGERPRINT_DOMAIN = 'mcp-backend encryption key v1\0';
/** 64 bits tell the few keys of one installation apart, and give nothing of them away. */
const FINGERPRINT_HEX_DIGITS = 16;

/**
 * The master keys of ENCRYPTION_KEY. They encrypt nothing but data keys, so that a rotation re-wraps a few short
 * texts and leaves the secrets themselves alone.
 */
export class KeyRing {
  private readonly masters: readonly NamedKey[];
  private readonly current: NamedKey;

  /** @param keys at least one, the current one first */
  constructor(keys: readonly KeyObject[]) {
    this.masters = keys.map((key) => ({ id: fingerprint(key), key }));
    const [current] = this.masters;
    if (current === undefined) throw new TypeError('A key ring needs a key');
    this.current = current;
  }

  /** Encrypts a data key under the current master key. */
  wrap(dataKeyId: string, dataKey: KeyObject): string {
    return seal(dataKey.export(), this.current, placeOf(dataKeyId));
  }

  /** The data key in a wrapped text; null when none of the master keys opens it. */
  unwrap(dataKeyId: string, wrapped: string): KeyObject | null {
    const master = this.masters.find(({ id }) => id === keyIdOf(wrapped));
    const bytes = master === undefined ? null : unseal(wrapped, master, placeOf(dataKeyId));
    return bytes === null ? null : createSecretKey(bytes);
  }

  /** Whether a text is wrapped under the current master key. */
  isCurrent(wrapped: string): boolean {
    return keyIdOf(wrapped) === this.current.id;
  }
}

function placeOf(dataKeyId: string): SealedPlace {
  return { table: 'data_keys', row: dataKeyId, column: 'wrapped_key' };
}

function fingerprint(key: KeyObject): string {
  return createHash('sha256')
    .update(FINGERPRINT_DOMAIN)
    .update(key.export())
    .digest('hex')
    .slice(0, FINGERPRINT_HEX_DIGITS);
}
