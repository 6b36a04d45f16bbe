import { Matches } from 'class-validator';

import { SEMANTIC_VERSION_PATTERN } from './semantic-version';

/** Refuses a field that is no version number. */
export function IsVersion(): PropertyDecorator {
  return Matches(SEMANTIC_VERSION_PATTERN, { message: 'must be a version MAJOR.MINOR.PATCH, as in 1.2.0' });
}
