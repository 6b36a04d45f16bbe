import { AppError } from '../../common/errors/app-error';
import type { JsonObject } from '../../engine/core/json';
import { SecretRedactor } from '../../security/secret-redactor';
import { replaceSecrets, secretReferences } from './secret-references';
import type { SecretValues } from './secret-values';

/** A configuration that can be used, and what takes its secrets out of whatever comes of it. */
export interface OpenedConfig {
  readonly config: JsonObject;
  readonly redactor: SecretRedactor;
}

const NO_SECRETS = new SecretRedactor(new Map());

/**
 * The one place where stored configurations get the secrets that they refer to. What is stored, listed, pinned to a run
 * or shown has the references only.
 */
export class ConfigSecrets {
  /** The names in configurations that were looked through. They are not changed, and calls of one come in thousands. */
  private readonly references = new WeakMap<JsonObject, readonly string[]>();

  constructor(private readonly values: SecretValues) {}

  /** @throws AppError SECRET_NOT_FOUND naming the secrets that there are not */
  async open(config: JsonObject): Promise<OpenedConfig> {
    const names = this.namesIn(config);
    if (names.length === 0) return { config, redactor: NO_SECRETS };
    const values = await this.values.find(names);
    const missing = names.filter((name) => !values.has(name));
    if (missing.length > 0) {
      throw new AppError(
        'SECRET_NOT_FOUND',
        `There is no secret ${missing.join(', ')}: create it, then try again`,
      );
    }
    return {
      config: replaceSecrets(config, (name) => values.get(name) ?? ''),
      redactor: new SecretRedactor(values),
    };
  }

  private namesIn(config: JsonObject): readonly string[] {
    let names = this.references.get(config);
    if (names === undefined) {
      names = [...new Set(secretReferences(config).map(({ name }) => name))];
      this.references.set(config, names);
    }
    return names;
  }
}

/** For a program part that has no stored secrets: a configuration that refers to one cannot be used there. */
export const WITHOUT_SECRETS = new ConfigSecrets({ find: () => Promise.resolve(new Map()) });
