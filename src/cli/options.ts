import { InvalidArgumentError, Option } from 'commander';

import { type Pair, splitPair } from './service/run-parameters';

/** Which embedded database a command means. */
export function dataDirOption(): Option {
  return new Option('--data-dir <folder>', 'the folder of the embedded database (DATA_DIR)');
}

export interface DataDirOption {
  readonly dataDir?: string;
}

/** A list with commas between, as scopes are given. */
export function commaSeparated(text: string): string[] {
  return text.split(',').map((part) => part.trim());
}

/** Collects an option of the form name=value, which may be given several times. */
export function collectPair(text: string, before: readonly Pair[] = []): Pair[] {
  const pair = splitPair(text);
  if (pair === null) throw new InvalidArgumentError('It must be of the form name=value.');
  return [...before, pair];
}
