import type { DefinitionChange } from './definition-records';

/** The fields of a definition that change without a new version. */
interface LastingFields {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly labels?: DefinitionChange['labels'] | undefined;
}

/** Only the fields that were given: others stay. */
export function lastingChange({ name, description, labels }: LastingFields): DefinitionChange {
  return {
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
    ...(labels !== undefined && { labels }),
  };
}
