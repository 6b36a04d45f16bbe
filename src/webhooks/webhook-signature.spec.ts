import { createHmac } from 'node:crypto';

import { checkSignature, type SignedPost } from './webhook-signature';

const SECRET = 'a secret of the test';
const NOW = new Date('2026-01-31T12:00:00Z');
const SECONDS = NOW.getTime() / 1000;
const BODY = Buffer.from('{"day":"2026-01-31","text":"ä"}');

function post(
  more: Partial<SignedPost> & { readonly signedAt?: number; readonly secret?: string } = {},
): SignedPost & { readonly hmac: string } {
  const { signedAt = SECONDS, secret = SECRET, ...rest } = more;
  const timestamp = String(signedAt);
  const hmac = createHmac('sha256', secret).update(`${timestamp}.${BODY.toString()}`).digest('hex');
  return { hmac, signature: `sha256=${hmac}`, timestamp, body: BODY, ...rest };
}

function check(signed: SignedPost) {
  return checkSignature(signed, SECRET, 'X-Signature-256', NOW);
}

it('takes a signature of the timestamp and the body, in either case of its digits', () => {
  const { hmac } = post();
  const expected = { ok: true, value: { signature: Buffer.from(hmac, 'hex') } };
  expect(check(post())).toMatchObject(expected);
  expect(check(post({ signature: `sha256=${hmac.toUpperCase()}` }))).toMatchObject(expected);
});

// RFC 4231 has no timestamps: this value is `printf '0.hello' | openssl dgst -sha256 -hmac key`.
it('is the HMAC that openssl computes', () => {
  const signature = 'sha256=552b25b10c33de2db9fe7fa273d44ab105d596c023fa954d01444d4642487149';
  const signed = { signature, timestamp: '0', body: Buffer.from('hello') };
  expect(checkSignature(signed, 'key', 'X', new Date(0)).ok).toBe(true);
});

it('remembers a signature for longer than its timestamp is taken', () => {
  const checked = check(post({ signedAt: SECONDS + 300 }));
  expect(checked).toMatchObject({ value: { rememberUntil: new Date('2026-01-31T12:11:00Z') } });
});

it.each([
  ['no signature', post({ signature: undefined }), 'X-Signature-256: must be'],
  ['another algorithm', post({ signature: `sha1=${'0'.repeat(40)}` }), 'X-Signature-256: must be'],
  ['a cut signature', post({ signature: `sha256=${post().hmac.slice(0, -2)}` }), 'X-Signature-256: must be'],
  ['two signatures', post({ signature: `sha256=${post().hmac}, sha256=${post().hmac}` }), 'must be'],
  ['another secret', post({ secret: 'guessed' }), 'does not match'],
  ['another body', post({ body: Buffer.from('{}') }), 'does not match'],
  ['another timestamp', post({ timestamp: String(SECONDS + 1) }), 'does not match'],
  ['a timestamp with a zero before it', post({ timestamp: `0${SECONDS}` }), 'does not match'],
  ['no timestamp', post({ timestamp: undefined }), 'X-Timestamp: must be'],
  ['a timestamp that is no number', post({ timestamp: '2026-01-31' }), 'X-Timestamp: must be'],
  ['a timestamp too old', post({ signedAt: SECONDS - 301 }), 'within 300 s'],
  ['a timestamp too new', post({ signedAt: SECONDS + 301 }), 'within 300 s'],
])('refuses a post with %s', (_case, signed, said) => {
  expect(check(signed)).toEqual({ ok: false, error: expect.stringContaining(said) as string });
});

it.each([-300, 300])('takes a timestamp %i s from now', (seconds) => {
  expect(check(post({ signedAt: SECONDS + seconds })).ok).toBe(true);
});
