import type { Issue } from '../../engine/core/issue';
import { MIN_SECRET_LENGTH } from '../../security/secret-redactor';
import { type Credential, isStandIn } from '../../common/redaction/credentials';
import { secretName } from './secret-name';
import type { NewSecret } from './import-plan';

/** What can be stored as a secret; `src/secrets` has the rule for requests. */
const STORABLE = new RegExp(
  String.raw`^(?!\s)(?!.*\$\{\{)[^\0\p{Cs}]{${MIN_SECRET_LENGTH},16384}(?<!\s)$`,
  'su',
);

/** The reference to a secret in our configurations. */
export function referTo(name: string): string {
  return `\${{ secrets.${name} }}`;
}

/**
 * Turns the credentials of one imported server into references to secrets. One that is written out becomes a secret of
 * the server's own, so that no file puts its value in the place of somebody else's.
 */
export class ServerSecrets {
  readonly issues: Issue[] = [];
  private readonly byName = new Map<string, NewSecret>();
  /** The names of the secrets, by the wanted name and the value. */
  private readonly names = new Map<string, string>();
  /** The number of the last numbered name, by what it begins with. */
  private readonly numbers = new Map<string, number>();

  /** @param server its name in the file */
  constructor(private readonly server: string) {}

  /** The secrets that credentials have become. */
  get made(): readonly NewSecret[] {
    return [...this.byName.values()];
  }

  /** The text with a reference for its credential. */
  keep({ before, value, after }: Credential, field: string, path: string): string {
    const wanted = secretName(this.server, field);
    const key = JSON.stringify([wanted, value]);
    const known = this.names.get(key);
    const name = known ?? this.freeName(wanted);
    if (isStandIn(value)) return `${before}${referTo(name)}${after}`;
    if (!STORABLE.test(value)) {
      this.issues.push({
        path,
        message: `looks like a credential, which would become a secret, but has not ${MIN_SECRET_LENGTH} to 16384 characters: put a longer one here, or refer to a secret by \${NAME}`,
      });
      return `${before}${after}`;
    }
    if (known === undefined) {
      this.byName.set(name, { name, value, path });
      this.names.set(key, name);
    }
    return `${before}${referTo(name)}${after}`;
  }

  /**
   * Two fields may have the same name for us, `A-B` and `a_b`: their secrets have not. Numbers go on from the last one:
   * a file may hold a hundred thousand fields whose names are the same for us.
   */
  private freeName(wanted: string): string {
    if (!this.byName.has(wanted)) return wanted;
    const beginning = wanted.slice(0, 124);
    let number = this.numbers.get(beginning) ?? 2;
    while (this.byName.has(`${beginning}_${number}`)) number += 1;
    this.numbers.set(beginning, number);
    return `${beginning}_${number}`;
  }
}
