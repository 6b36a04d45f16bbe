import { SECRET_REFERENCE } from '../../components/secrets/secret-references';
import type { JsonObject } from '../../engine/core/json';
import { findInArgument, replaceInQuery } from '../../common/redaction/argument-credentials';
import { type Credential, findCredential } from '../../common/redaction/credentials';
import { secretName } from './secret-name';

/** Writes the fields of one server, with placeholders for secrets. */
export class ServerFields {
  constructor(
    private readonly server: string,
    private readonly placeholder: (secret: string) => string,
  ) {}

  text(text: string): string {
    return text.replace(SECRET_REFERENCE, (_reference, name: string) => this.placeholder(name));
  }

  address(address: string): string {
    const hidden = replaceInQuery(address, ({ name }) => this.placeholder(secretName(this.server, name)));
    return this.text(hidden);
  }

  texts(texts: JsonObject): Record<string, string> {
    return Object.fromEntries(
      Object.entries(texts as Record<string, string>).map(([name, text]) => [
        name,
        this.hide(text, findCredential(name, text), name),
      ]),
    );
  }

  args(args: readonly string[]): string[] {
    return args.map((argument, index) => this.argument(argument, args[index - 1], index));
  }

  /** @param before the argument before it */
  argument(argument: string, before: string | undefined, index: number): string {
    const found = findInArgument(argument, before);
    return this.hide(argument, found, found?.name ?? `ARG_${index}`);
  }

  /** `auth` as a header; a client that has an account of its own there logs in by itself. */
  authorization(auth: JsonObject | undefined): Record<string, string> {
    if (auth?.type !== 'bearer') return {};
    const token = auth.token as string;
    const found = { before: '', value: token, after: '' };
    return { Authorization: `Bearer ${this.hide(token, found, 'TOKEN')}` };
  }

  /** A text that refers to a secret has it hidden already. */
  private hide(text: string, credential: Credential | null, field: string): string {
    const written = this.text(text);
    if (credential === null || written !== text) return written;
    return `${credential.before}${this.placeholder(secretName(this.server, field))}${credential.after}`;
  }
}
