/** The components' way to stored secrets; `src/secrets` implements it. Also the injection token. */
export abstract class SecretValues {
  /** The values of those of `names` that are stored, by name. */
  abstract find(names: readonly string[]): Promise<ReadonlyMap<string, string>>;
}
