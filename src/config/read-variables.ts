import { readFileSync } from 'node:fs';

import { ConfigError } from './config-error';

/** The variables of the environment as they were given, by name. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** The environment of this process with some variables set otherwise; what is undefined is left as it is. */
export function environmentWith(overrides: Variables): Variables {
  const given = Object.entries(overrides).filter(([, value]) => value !== undefined);
  return { ...process.env, ...Object.fromEntries(given) };
}

/**
 * Takes the secrets that stand in files: `NAME_FILE` holds the path of a file with the value of `NAME`, as
 * container platforms mount them. A variable that is set to nothing counts as unset, which is how Compose and
 * Kubernetes pass an optional one.
 *
 * @param secretNames which variables may stand in files
 * @throws ConfigError when both forms are set, or a file cannot be read or is empty
 */
export function readVariables(environment: Variables, secretNames: readonly string[]): Variables {
  const variables: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && value !== '') variables[name] = value;
  }
  const faults: string[] = [];
  for (const name of secretNames) {
    const fileVariable = `${name}_FILE`;
    const path = variables[fileVariable];
    if (path === undefined) continue;
    if (variables[name] !== undefined) {
      faults.push(`${name} and ${fileVariable} are both set: set one of them`);
      continue;
    }
    const value = readSecret(path);
    if (value === null) faults.push(`${fileVariable} must name a file that can be read and is not empty`);
    else variables[name] = value;
  }
  if (faults.length > 0) throw new ConfigError(faults);
  return variables;
}

/** Editors and `echo` end a file with a line break that is no part of the secret. */
function readSecret(path: string): string | null {
  try {
    const value = readFileSync(path, 'utf8').replace(/[\r\n]+$/, '');
    return value === '' ? null : value;
  } catch {
    return null;
  }
}
