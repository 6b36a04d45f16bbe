import fc from 'fast-check';

import { AppError } from '../common/errors/app-error';
import { SecretRedactor } from './secret-redactor';

const TOKEN = 'sk-Ab/9+xyz?&"7\\q';
const redactor = new SecretRedactor(new Map([['TOKEN', TOKEN]]));
const ODD = `a+b/c&d<e>'f"gäh\\i`;
const odd = new SecretRedactor(new Map([['ODD', ODD]]));
const HIDDEN = '[redacted TOKEN]';

/** What a program may make of a secret when it writes it down. */
const FORMS: Readonly<Record<string, string>> = {
  'as it is': TOKEN,
  'in a URL': encodeURIComponent(TOKEN),
  'in a URL, with small letters': encodeURIComponent(TOKEN).replace(/%../g, (code) => code.toLowerCase()),
  'in JSON': JSON.stringify(TOKEN).slice(1, -1),
  'in hexadecimal digits': Buffer.from(TOKEN).toString('hex'),
};

describe.each(Object.entries(FORMS))('a secret %s', (_name, form) => {
  it('is taken out of text', () => {
    expect(redactor.text(`before ${form} after ${form}`)).toBe(`before ${HIDDEN} after ${HIDDEN}`);
  });
});

// `a+b/c&d<e>'f"gäh\i` as their libraries write it when nobody asks for anything else.
it.each([
  ['JSON.stringify', String.raw`a+b/c&d<e>'f\"gäh\\i`],
  ['Python', String.raw`a+b/c&d<e>'f\"g\u00e4h\\i`],
  ['PHP', String.raw`a+b\/c&d<e>'f\"g\u00e4h\\i`],
  ['Go', String.raw`a+b/c\u0026d\u003ce\u003e'f\"gäh\\i`],
  ['.NET', String.raw`a\u002Bb/c\u0026d\u003Ce\u003E\u0027f\u0022g\u00E4h\\i`],
])('is taken out of JSON as %s writes it', (_by, written) => {
  expect(JSON.parse(`"${written}"`)).toBe(ODD);
  expect(odd.text(`{"echo":"${written}"}`)).toBe('{"echo":"[redacted ODD]"}');
});

it('is taken out of hexadecimal digits in capitals', () => {
  expect(odd.text(Buffer.from(ODD).toString('hex').toUpperCase())).toBe('[redacted ODD]');
});

describe('a secret with characters that some encode in URLs and some do not', () => {
  const value = 'Ab1 /;,?:@&=+$#!\'()*~-._é{|}^`"<>[]';
  const marked = new SecretRedactor(new Map([['MARKED', value]]));
  const capitals = (text: string): string => encodeURIComponent(text).replace(/[!'()*~]/g, hexOf);
  const hexOf = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  const inPath = new URL('http://far.example');
  inPath.pathname = `/${value}`;
  const inQuery = new URL('http://far.example');
  inQuery.search = `?${value}`;

  it.each([
    [
      'by URLSearchParams, as http_request sends a query',
      new URLSearchParams([['', value]]).toString().slice(1),
    ],
    [
      'by an address that it was put into the query of',
      new URL(`http://x/?a=${encodeURIComponent(value)}`).search,
    ],
    ['by whoever encodes all but letters and digits', capitals(value)],
    ['by encodeURI', encodeURI(value)],
    ['by Python, which leaves slashes', capitals(value).replaceAll('%2F', '/').replaceAll('%7E', '~')],
    ['by an address whose path it is', inPath.href],
    ['by an address whose query it is', inQuery.href],
  ])('is found as it is written %s', (_by, written) => {
    for (const form of [written, written.replace(/%../g, (code) => code.toLowerCase())]) {
      expect(marked.text(`before ${form} after`)).toMatch(/^before .{0,20}\[redacted MARKED\] after$/);
    }
  });
});

it.each(['', 'u', 'us', 'user:', 'user1:'])('is taken out of base64 behind the bytes "%s"', (before) => {
  for (const after of ['', '!', '!!', '!!!']) {
    for (const encoding of ['base64', 'base64url'] as const) {
      const encoded = Buffer.from(before + TOKEN + after).toString(encoding);
      const redacted = redactor.text(encoded);
      expect(redacted).toContain(HIDDEN);
      // What is left beside it are the neighbours' characters, and at most one that it shares with each.
      expect(redacted.replace(HIDDEN, '').length).toBeLessThanOrEqual(
        before.length * 2 + after.length * 2 + 4,
      );
    }
  }
});

it('is taken out line by line where it has lines', () => {
  const pem = new SecretRedactor(
    new Map([['PEM', '-----BEGIN KEY-----\nMIIEvQIBADANBg\n-----END KEY-----']]),
  );
  expect(pem.text('read MIIEvQIBADANBg')).toBe('read [redacted PEM]');
});

it('is taken out of keys, texts and numbers of a value', () => {
  const digits = new SecretRedactor(new Map([['PIN', '12345678']]));
  expect(digits.json({ list: [12345678, 7, true, null], x12345678: { text: 'a 12345678' } })).toEqual({
    list: ['[redacted PIN]', 7, true, null],
    'x[redacted PIN]': { text: 'a [redacted PIN]' },
  });
});

it('is taken out of what errors say, of their details and of what led to them', () => {
  const cause = new Error(`refused ${TOKEN}`);
  const redacted = redactor.error(
    new AppError('UNEXPECTED_STATUS', `no ${TOKEN}`, {
      retryable: false,
      retryAfterMs: 5,
      details: { seen: TOKEN },
      cause,
    }),
  );
  expect(redacted).toMatchObject({
    code: 'UNEXPECTED_STATUS',
    retryable: false,
    retryAfterMs: 5,
    details: { seen: HIDDEN },
  });
  expect((redacted as Error).message).toBe(`no ${HIDDEN}`);
  expect(String((redacted as Error).cause)).not.toContain(TOKEN);
});

it('leaves errors that hold no secret as they are', () => {
  const error = new DOMException('aborted', 'AbortError');
  expect(redactor.error(error)).toBe(error);
});

it('is never shown in part by a text that grows', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 20 }), fc.constantFrom(...Object.values(FORMS)), (before, form) => {
      const text = before + form;
      for (let length = 0; length <= text.length; length += 1) {
        const shown = redactor.growingText(text.slice(0, length));
        // All of the secret's beginning is held back until it is known what it is.
        expect(`${before}${HIDDEN}`.startsWith(shown) || before.includes(shown)).toBe(true);
      }
    }),
  );
});

it('takes any secret out of any text, and leaves the rest', () => {
  const secret = fc.string({ minLength: 8, maxLength: 40, unit: 'grapheme' });
  fc.assert(
    fc.property(secret, fc.string(), fc.string(), (value, before, after) => {
      const redacted = new SecretRedactor(new Map([['S', value]])).text(before + value + after);
      expect(redacted.includes(value) && !'[redacted S]'.includes(value)).toBe(false);
    }),
  );
});

it('does nothing without secrets', () => {
  const nothing = new SecretRedactor(new Map());
  const value = { a: [1, 'b'] };
  expect(nothing.json(value)).toBe(value);
  expect(nothing.growingText('text')).toBe('text');
});
