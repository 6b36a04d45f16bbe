import { type Credential, findCredential, isCredentialName } from './credentials';

/**
 * The credential in an argument of a command: `--api-key=x`, `x` after `--api-key`, `Authorization: Bearer x`, or a
 * text that can be told by its form.
 *
 * @param before the argument before it
 */
export function findInArgument(
  argument: string,
  before: string | undefined,
): (Credential & { readonly name: string | null }) | null {
  const [, option = null, value = ''] = /^(--?[\w.-]+=)(.+)$/s.exec(argument) ?? [];
  if (option !== null) {
    const name = option.replace(/^-+|=$/g, '');
    const found = findCredential(name, value);
    return found === null ? null : { ...found, before: `${option}${found.before}`, name };
  }
  const flag = /^--?([A-Za-z][\w.-]*)$/.exec(before ?? '')?.[1] ?? null;
  if (flag !== null && isCredentialName(flag) && !argument.startsWith('-')) {
    const found = findCredential(flag, argument);
    return found === null ? null : { ...found, name: flag };
  }
  const [, field = null, rest = ''] = /^([A-Za-z][\w-]*):\s*(.+)$/s.exec(argument) ?? [];
  if (field !== null && !rest.startsWith('//')) {
    const found = findCredential(field, rest);
    const start = argument.length - rest.length;
    return found === null
      ? null
      : { ...found, before: `${argument.slice(0, start)}${found.before}`, name: field };
  }
  const found = findCredential(null, argument);
  return found === null ? null : { ...found, name: null };
}

/** One parameter in the query of an address. */
export interface QueryCredential {
  readonly name: string;
  /** As it is meant, not as it is written. */
  readonly value: string;
}

/** Replaces credentials in the query of an address. */
export function replaceInQuery(address: string, replace: (credential: QueryCredential) => string): string {
  return address.replace(
    /([?&])([^?=&#]+)=([^&#]*)/g,
    (whole, mark: string, name: string, written: string) => {
      if (written.includes('${')) return whole;
      const value = decoded(written);
      if (findCredential(decoded(name), value) === null) return whole;
      return `${mark}${name}=${replace({ name: decoded(name), value })}`;
    },
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
