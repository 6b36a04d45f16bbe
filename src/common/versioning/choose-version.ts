import { AppError } from '../errors/app-error';
import { isGreaterVersion, nextVersion } from './semantic-version';

/**
 * The number of a new version: as its author says, else the next minor.
 *
 * @throws AppError CONFLICT when the author's is not greater than the latest (so it may exist already)
 */
export function chooseVersion(latest: string, wanted: string | undefined): string {
  if (wanted === undefined) return nextVersion(latest);
  if (!isGreaterVersion(wanted, latest)) {
    throw new AppError('CONFLICT', `version: must be greater than the latest version, ${latest}`);
  }
  return wanted;
}
