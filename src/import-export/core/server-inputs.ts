import type { Issue } from '../../engine/core/issue';
import { replaceWithin, TOO_LONG_FILLED } from './replace-within';
import { secretName } from './secret-name';
import { referTo, type ServerSecrets } from './server-secrets';

/** What a `server.json` says of a value. */
export interface ServerInput {
  readonly value?: string;
  readonly default?: string;
  readonly isRequired?: boolean;
  readonly isSecret?: boolean;
  readonly variables?: Readonly<Record<string, ServerInput>>;
}

/** Finds the values of a `server.json`: what is secret becomes a reference, what its user must choose is asked for. */
export class InputReader {
  readonly issues: Issue[] = [];

  constructor(
    private readonly secrets: ServerSecrets,
    private readonly secretsHere: ReadonlySet<string>,
  ) {}

  /**
   * @param secret what a secret in its place is called
   * @returns null: it may be left out, and is
   */
  read(input: ServerInput, secret: string, path: string): string | null {
    const { value, isSecret = false, isRequired = false, variables = {} } = input;
    if (value !== undefined) {
      const filled = this.fill(value, variables, path);
      if (!isSecret || filled !== value || value === '') return filled;
      return this.secrets.keep({ before: '', value, after: '' }, secret, path);
    }
    if (isSecret) return isRequired || this.secretsHere.has(secret) ? referTo(secret) : null;
    if (input.default !== undefined) return input.default;
    if (isRequired) this.ask(path);
    return null;
  }

  /** A text with the values of its `{variables}`; others stay as they are. */
  fill(text: string, variables: Readonly<Record<string, ServerInput>>, path: string): string {
    const filled = replaceWithin(text, /\{([^{}]+)\}/g, (whole, name = '') => {
      const input = Object.hasOwn(variables, name) ? variables[name] : undefined;
      if (input === undefined) return whole;
      const secret = this.secretsHere.has(name) ? name : secretName(name);
      // A text with a gap in it is no text: what is in it is needed. Variables have none of their own (the registry's
      // schema): two in each, thirty deep, would be a billion.
      const needed = { ...input, isRequired: true, variables: {} };
      return this.read(needed, secret, `${path}.variables.${name}`) ?? '';
    });
    if (filled === null) this.issues.push({ path, message: TOO_LONG_FILLED });
    return filled ?? '';
  }

  private ask(path: string): void {
    this.issues.push({ path, message: 'needs a value: write it into "value"' });
  }
}
