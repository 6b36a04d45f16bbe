import { isJsonObject, type JsonObject, type JsonValue } from '../../engine/core/json';
import { memberPath } from '../../engine/core/member-path';

/** What a secret can be called. */
export const SECRET_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

/** `${{ secrets.NAME }}`; one more `$` in front makes it plain text. */
export const SECRET_REFERENCE = /(?<!\$)\$\{\{\s*secrets\.([A-Za-z_][A-Za-z0-9_]*)\s*\}\}/g;

/** The text in front of a place where an address has its path, query or fragment. */
const INSIDE_ADDRESS = /^https?:\/\/[^/?#]*[/?#]/i;

/** A reference to a secret, and where it stands: `headers.authorization`. */
export interface SecretReference {
  readonly name: string;
  readonly path: string;
}

/** The references to secrets in a configuration. */
export function secretReferences(config: JsonObject): SecretReference[] {
  const references: SecretReference[] = [];
  replaceSecrets(config, (name, path) => {
    references.push({ name, path });
    return '';
  });
  return references;
}

/**
 * A copy of the configuration in which each reference has become what `valueOf` gives: text, taken as it is, but
 * percent-encoded where it stands in an address behind the host. Keys are left alone.
 */
export function replaceSecrets(
  config: JsonObject,
  valueOf: (name: string, path: string) => string,
): JsonObject {
  const replaceText = (text: string, path: string): string =>
    text.replace(SECRET_REFERENCE, (_reference, name: string, at: number) => {
      const value = valueOf(name, path);
      return INSIDE_ADDRESS.test(text.slice(0, at)) ? encodeURIComponent(value.toWellFormed()) : value;
    });
  const replace = (value: JsonValue, path: string): JsonValue => {
    if (typeof value === 'string') return replaceText(value, path);
    if (Array.isArray(value)) return value.map((item, index) => replace(item, `${path}[${index}]`));
    return isJsonObject(value) ? replaceMembers(value, path) : value;
  };
  const replaceMembers = (members: JsonObject, path: string): JsonObject =>
    // fromEntries defines each key: assigning `__proto__` would set the prototype.
    Object.fromEntries(
      Object.entries(members).map(([key, value]) => [key, replace(value, memberPath(path, key))]),
    );
  return replaceMembers(config, '');
}
