import { homedir, tmpdir } from 'node:os';

/** Where programs are looked for when this process has no PATH itself. */
const DEFAULT_PATH = '/usr/local/bin:/usr/bin:/bin';

/**
 * All that a server's process sees of our environment, with the configuration's own variables over it. Ours
 * holds the database's password and the encryption key, so it is never inherited.
 */
export function childEnvironment(own: Readonly<Record<string, string>>): Record<string, string> {
  // eslint-disable-next-line no-restricted-syntax -- not settings of ours: what any child needs to run at all
  const { PATH = DEFAULT_PATH, LANG = 'C.UTF-8' } = process.env;
  return { PATH, LANG, HOME: homedir(), TMPDIR: tmpdir(), ...own };
}
