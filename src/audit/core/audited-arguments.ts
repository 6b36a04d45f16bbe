import { findInArgument } from '../../common/redaction/argument-credentials';
import { REDACTED, redactText } from '../../common/redaction/redact-text';
import { isJsonObject, type JsonValue } from '../../engine/core/json';

/** Characters kept of one event's arguments, names included. What it takes to look at them is bounded by this too. */
const MAX_CHARS = 4_096;
const MAX_TEXT = 1_024;
const MAX_NAME = 200;
const MAX_DEPTH = 8;
const MAX_MEMBERS = 100;

/** What a member counts beside its characters: a million of `null` is large too. */
const MEMBER_CHARS = 4;

/** Stands where something was left out, at the end of a text or instead of a value. */
export const CUT = '…[cut]';

/** Names of fields that hold a secret whatever their value looks like. `tokens` is a number of them. */
const SECRET_NAME =
  /passw|passphrase|passcode|^pass$|[_-]pass$|pwd|secret|token(?!s)|api[_-]?key|(private|access|signing|encryption)[_-]?key|authori[sz]ation|cookie|credential|bearer|^otp$|^pin$|connection[_-]?string|database[_-]?url/i;

/** Fields whose members are named by users, and often hold a secret: only the names are kept. */
const SECRET_CONTAINERS: ReadonlySet<string> = new Set(['headers', 'env', 'environment']);

/** A parameter of a URL whose name says that it is a secret. */
const SECRET_PARAMETER =
  /([?&][\w.-]*(?:token|key|secret|passw(?:or)?d|signature|\bsig|credential)[\w.-]*=)[^&#\s"']+/gi;

/** Names a secret, and tells nothing of it. */
const SECRET_REFERENCE = /^\$\{\{[^}]*\}\}$/;

/** What is kept of arguments. */
export interface AuditedArguments {
  readonly value: JsonValue;
  /** Whether something was left out because it was too large. */
  readonly isTruncated: boolean;
}

/**
 * What is kept of arguments: nothing that a name or a form tells to be a secret, of bounded size, and nothing that
 * PostgreSQL cannot store. The work is bounded as well, whatever the size of what came.
 *
 * @param omitted names at the top that hold a secret here
 */
export function auditedArguments(given: unknown, omitted: readonly string[] = []): AuditedArguments {
  if (given === null || given === undefined) return { value: null, isTruncated: false };
  const keeper = new Keeper();
  const isOmitted = isJsonObject(given) && omitted.length > 0;
  const value = isOmitted
    ? keeper.members(given, 0, (name) => omitted.includes(name))
    : keeper.keep(given, 0);
  return { value, isTruncated: keeper.isTruncated };
}

/** A text that PostgreSQL can store, of at most so many characters: no NUL, no half of a surrogate pair. */
export function storableText(text: string, max: number = MAX_TEXT): string {
  const cut = text.length > max ? text.slice(0, max) + CUT : text;
  return cut.replaceAll('\0', '\ufffd').toWellFormed();
}

/** Walks a value until it has kept as much as it may. */
class Keeper {
  isTruncated = false;
  private charsLeft = MAX_CHARS;

  keep(value: unknown, depth: number): JsonValue {
    this.charsLeft -= MEMBER_CHARS;
    if (typeof value === 'string') return this.text(value);
    if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value;
    if (depth === MAX_DEPTH) return this.cut();
    if (Array.isArray(value)) return this.items(value, depth);
    return isJsonObject(value) ? this.members(value, depth) : null;
  }

  members(value: object, depth: number, isSecret: (name: string) => boolean = hasSecretName): JsonValue {
    const kept: [string, JsonValue][] = [];
    // Not `Object.entries`, which would list a million members to keep the first hundred.
    for (const name in value) {
      if (kept.length === MAX_MEMBERS || this.charsLeft <= 0) {
        kept.push([CUT, this.cut()]);
        break;
      }
      const member = (value as Record<string, unknown>)[name];
      if (name.length > MAX_NAME) this.isTruncated = true;
      this.charsLeft -= Math.min(name.length, MAX_NAME);
      kept.push([storableText(name, MAX_NAME), this.member(name, member, depth, isSecret)]);
    }
    return Object.fromEntries(kept);
  }

  private member(
    name: string,
    value: unknown,
    depth: number,
    isSecret: (name: string) => boolean,
  ): JsonValue {
    // A flag, or the wish to have none, tells nothing.
    const isTelling = value !== null && typeof value !== 'boolean';
    if (isTelling && (isSecret(name) || hasSecretName(name))) return REDACTED;
    if (SECRET_CONTAINERS.has(name.toLowerCase()) && isJsonObject(value)) {
      return this.members(value, depth + 1, () => true);
    }
    return this.keep(value, depth + 1);
  }

  private items(values: readonly unknown[], depth: number): JsonValue {
    const kept: JsonValue[] = [];
    for (const [place, value] of values.entries()) {
      if (kept.length === MAX_MEMBERS || this.charsLeft <= 0) {
        kept.push(this.cut());
        break;
      }
      const before = values[place - 1];
      kept.push(
        typeof value === 'string'
          ? this.argument(value, typeof before === 'string' ? before : undefined)
          : this.keep(value, depth + 1),
      );
    }
    return kept;
  }

  /** An item of a list, which may be the arguments of a command: `--api-key=x`, or `x` behind `--api-key`. */
  private argument(text: string, before: string | undefined): string {
    this.charsLeft -= MEMBER_CHARS;
    // What is longer is cut: the form is at its beginning.
    const credential = findInArgument(text.slice(0, 2 * MAX_TEXT), before);
    if (credential === null || SECRET_REFERENCE.test(credential.value)) return this.text(text);
    return this.text(`${credential.before}${REDACTED}${credential.after}`);
  }

  private text(text: string): string {
    const max = Math.max(0, Math.min(MAX_TEXT, this.charsLeft));
    if (text.length > max) this.isTruncated = true;
    this.charsLeft -= Math.min(text.length, max);
    // Redacted first: a secret that is cut in two has no form any more. No form is longer than what is added here.
    const near = text.length > max ? text.slice(0, max + MAX_TEXT) : text;
    return storableText(redactText(near).replace(SECRET_PARAMETER, `$1${REDACTED}`), max);
  }

  private cut(): string {
    this.isTruncated = true;
    return CUT;
  }
}

function hasSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}
