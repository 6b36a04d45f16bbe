import { createHmac, timingSafeEqual } from 'node:crypto';

import { fail, ok, type Result } from '../engine/core/result';

/** Where the signature is looked for unless the webhook names another header. */
export const DEFAULT_SIGNATURE_HEADER = 'X-Signature-256';

/** When the post was signed, in seconds since 1970. */
export const TIMESTAMP_HEADER = 'X-Timestamp';

/** How far a post's timestamp may be from now: what is older may be a replay that nobody remembers. */
export const TOLERANCE_SECONDS = 300;

/** Signatures are remembered this much longer than their timestamps are taken: clocks of replicas differ. */
const MEMORY_MARGIN_SECONDS = 60;

const SIGNATURE = /^sha256=([0-9a-f]{64})$/i;
const TIMESTAMP = /^[0-9]{1,12}$/;

/** A post as its signature covers it. */
export interface SignedPost {
  readonly signature: string | undefined;
  readonly timestamp: string | undefined;
  /** The bytes of the body as they were sent (after the Content-Encoding, if any). */
  readonly body: Buffer;
}

/** A signature that holds, and until when its second coming would be a replay. */
export interface GoodSignature {
  readonly signature: Buffer;
  readonly rememberUntil: Date;
}

/**
 * Checks an HMAC-SHA256 over `timestamp.body`, in constant time.
 *
 * @param secret its UTF-8 bytes are the key
 * @param header the name of the signature's header, for messages
 * @returns what is wrong, for the sender: never what the signature should be
 */
export function checkSignature(
  { signature, timestamp, body }: SignedPost,
  secret: string,
  header: string,
  now: Date,
): Result<GoodSignature, string> {
  const given = SIGNATURE.exec(signature ?? '')?.[1];
  if (given === undefined) {
    return fail(`${header}: must be sha256= and the HMAC-SHA256 of "timestamp.body" in hexadecimal`);
  }
  if (timestamp === undefined || !TIMESTAMP.test(timestamp)) {
    return fail(`${TIMESTAMP_HEADER}: must be the time of signing in seconds since 1970`);
  }
  const signedAt = Number(timestamp);
  if (Math.abs(now.getTime() / 1000 - signedAt) > TOLERANCE_SECONDS) {
    return fail(`${TIMESTAMP_HEADER}: must be within ${TOLERANCE_SECONDS} s of now`);
  }
  const givenBytes = Buffer.from(given, 'hex');
  if (!timingSafeEqual(givenBytes, signatureOf(timestamp, body, secret))) {
    return fail(`${header}: does not match the timestamp and the body`);
  }
  const rememberUntil = new Date((signedAt + TOLERANCE_SECONDS + MEMORY_MARGIN_SECONDS) * 1000);
  return ok({ signature: givenBytes, rememberUntil });
}

function signatureOf(timestamp: string, body: Buffer, secret: string): Buffer {
  return createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest();
}
