import { AppError } from '../errors/app-error';
import { isGreaterVersion, nextVersion } from './semantic-version';

/**
 * The number of a new version: as its author says, else the minor after the greatest.
 *
 * @param greatest of the definition's versions, which need not be the latest: an older one may be that again
 * @throws AppError CONFLICT when the author's is not greater (so it may exist already)
 */
export function chooseVersion(greatest: string, wanted: string | undefined): string {
  if (wanted === undefined) return nextVersion(greatest);
  if (!isGreaterVersion(wanted, greatest)) {
    throw new AppError('CONFLICT', `version: must be greater than the greatest version so far, ${greatest}`);
  }
  return wanted;
}
