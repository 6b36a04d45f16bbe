/** EX_CONFIG of sysexits.h: supervisors can tell "will never start so" from a crash. */
export const EXIT_CODE_BAD_CONFIG = 78;

/** The environment does not make a configuration. The message names every faulty variable and shows no value. */
export class ConfigError extends Error {
  /** @param faults one sentence a variable, beginning with its name */
  constructor(readonly faults: readonly string[]) {
    super(`The configuration is not valid:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}
