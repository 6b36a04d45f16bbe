import { AppError } from '../common/errors/app-error';
import { isJsonObject, type JsonValue } from '../engine/core/json';

/** Shorter texts stand in too many places that have nothing to do with them. */
export const MIN_SECRET_LENGTH = 8;

/** A part of a secret this long at the end of a text is looked for by search, a shorter one by trying. */
const SHORT = 8;

/**
 * Which characters beside letters, digits, `-`, `.` and `_` are left as they are in an address; it depends on who writes
 * it, and where in it.
 */
const URL_SAFE = [
  // encodeURIComponent, and what an address of the URL standard makes of that in its query.
  "!'()*~",
  '!()*~',
  // Whoever encodes all, forms (URLSearchParams), RFC 3986, Python.
  '',
  '*',
  '~',
  '~/',
  // encodeURI; a path and a query of the URL standard.
  "!'()*~#$&+,/:;=?@",
  "!'()*~$&+,/:;=@%|[]",
  '!()*~$&+,/:;=?@%|[]^`{}\\',
];

/**
 * Takes secrets out of what a component gave, wherever they stand and in whichever of their usual forms: as they are,
 * in a URL, in JSON, in base64 (beside other bytes too), line by line. A component that hides a secret on purpose, by
 * a cipher say, is not caught: who may write it may use the secret.
 */
export class SecretRedactor {
  /** The longest first: what contains another form goes as a whole. */
  private readonly forms: readonly { readonly text: string; readonly name: string }[];
  private readonly pattern: RegExp | null;
  private readonly names: ReadonlyMap<string, string>;

  /** @param secrets values by name, each of {@link MIN_SECRET_LENGTH} characters or more */
  constructor(secrets: ReadonlyMap<string, string>) {
    const forms = [...secrets].flatMap(([name, value]) => formsOf(value).map((text) => ({ text, name })));
    this.forms = forms.toSorted((a, b) => b.text.length - a.text.length);
    this.names = new Map(forms.map(({ text, name }) => [text, name]));
    // Plain texts, so that the search takes time in proportion to what is searched.
    this.pattern =
      forms.length === 0
        ? null
        : new RegExp(this.forms.map(({ text }) => RegExp.escape(text)).join('|'), 'g');
  }

  /** Whether there is nothing to take out of anything. */
  get isEmpty(): boolean {
    return this.pattern === null;
  }

  /** The text without secrets. */
  text(text: string): string {
    if (this.pattern === null || text.length < MIN_SECRET_LENGTH) return text;
    return text.replace(this.pattern, (found) => `[redacted ${this.names.get(found) ?? ''}]`);
  }

  /** A text that more will be added to: without secrets, and without an end that may be the beginning of one. */
  growingText(text: string): string {
    const redacted = this.text(text);
    return redacted.slice(0, redacted.length - this.openLength(redacted));
  }

  /** How many characters at the end of a text may be the beginning of a secret. */
  openLength(text: string): number {
    return this.forms.reduce((most, form) => Math.max(most, openPart(text, form.text)), 0);
  }

  /** The value without secrets, in its keys too. */
  json(value: JsonValue): JsonValue {
    if (this.pattern === null) return value;
    if (typeof value === 'string') return this.text(value);
    // A secret of digits may come back as a number.
    if (typeof value === 'number') {
      const redacted = this.text(String(value));
      return redacted === String(value) ? value : redacted;
    }
    if (Array.isArray(value)) return value.map((item) => this.json(item));
    if (!isJsonObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [this.text(key), this.json(member)]),
    );
  }

  /** The error itself where it holds no secret, else one that says the same without them. */
  error(error: unknown): unknown {
    if (this.pattern === null || !(error instanceof Error)) return error;
    if (!(error instanceof AppError)) {
      const told = error.stack ?? String(error);
      const redacted = this.text(told);
      return redacted === told ? error : new Error(redacted);
    }
    const { code, message, retryable, retryAfterMs, details, cause } = error;
    return new AppError(code, this.text(message), {
      ...(retryable !== undefined && { retryable }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
      ...(details !== undefined && { details: this.json(details as JsonValue) as Record<string, unknown> }),
      ...(cause !== undefined && { cause: this.error(cause) }),
    });
  }
}

/** How many characters at the end of `text` begin `form` without completing it. */
function openPart(text: string, form: string): number {
  const from = Math.max(0, text.length - form.length + 1);
  for (
    let at = text.indexOf(form.slice(0, SHORT), from);
    at !== -1;
    at = text.indexOf(form.slice(0, SHORT), at + 1)
  ) {
    if (form.startsWith(text.slice(at))) return text.length - at;
  }
  for (let length = Math.min(SHORT, form.length, text.length + 1) - 1; length > 0; length -= 1) {
    if (form.startsWith(text.slice(-length))) return length;
  }
  return 0;
}

/** The forms in which a secret is commonly written. */
function formsOf(secret: string): string[] {
  const lines = secret.includes('\n') ? secret.split(/\r?\n/) : [];
  const hex = Buffer.from(secret).toString('hex');
  const forms = [
    secret,
    ...lines,
    ...jsonForms(secret),
    ...URL_SAFE.flatMap((safe) => urlForms(secret, safe)),
    ...base64Forms(Buffer.from(secret)),
    hex,
    hex.toUpperCase(),
  ];
  return [...new Set(forms)].filter((form) => form.length >= MIN_SECRET_LENGTH);
}

/** A secret as it stands in a text of JSON: beside what has to be escaped, some escape more. */
function jsonForms(secret: string): string[] {
  const least = JSON.stringify(secret).slice(1, -1);
  const ascii = least.replace(/[^\0-\x7f]/g, (unit) => escaped(unit));
  const net = least.replace(/\\"|[&'+<>`]|[^\0-\x7f]/g, (found) => escaped(found.slice(-1), true));
  return [
    least,
    // Python; PHP; Go; .NET.
    ascii,
    ascii.replaceAll('/', '\\/'),
    least.replace(/[&<>\u2028\u2029]/g, (unit) => escaped(unit)),
    net,
  ];
}

/** One UTF-16 unit, as `\uXXXX`. */
function escaped(unit: string, inCapitals = false): string {
  const digits = unit.charCodeAt(0).toString(16).padStart(4, '0');
  return `\\u${inCapitals ? digits.toUpperCase() : digits}`;
}

/** A secret as it stands in an address, a blank in either way, and codes in capitals or small letters. */
function urlForms(secret: string, safe: string): string[] {
  const encoded = secret
    .toWellFormed()
    .replace(/[^\w.-]/gu, (character) => (safe.includes(character) ? character : percentEncoded(character)));
  return [encoded, encoded.replaceAll('%20', '+')].flatMap((form) => [
    form,
    form.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
  ]);
}

function percentEncoded(character: string): string {
  const bytes = Buffer.from(character).toString('hex').toUpperCase();
  return bytes.replace(/../g, '%$&');
}

/**
 * What base64 makes of the bytes wherever they begin in what is encoded: three alignments, of each the characters that
 * the neighbours have no part in.
 */
function base64Forms(bytes: Buffer): string[] {
  return [0, 1, 2].flatMap((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const whole = (shift + bytes.length) % 3 === 0 ? text : text.slice(0, -1);
    const own = whole.slice(shift === 0 ? 0 : shift + 1);
    return [own, own.replaceAll('+', '-').replaceAll('/', '_')];
  });
}
