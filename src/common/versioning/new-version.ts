import { isDeepStrictEqual } from 'node:util';

import type { JsonObject } from '../../engine/core/json';
import { chooseVersion } from './choose-version';
import type { DefinitionChange, LockedVersions } from './definition-records';

/**
 * The version that an update makes: one when the document changed (in any order of keys), or when its author names
 * a number other than the latest's; else none, so that sending the same update twice changes nothing.
 *
 * @throws AppError CONFLICT when the named version is not greater than all others
 */
export function newVersionOf(
  { latest, greatestVersion }: LockedVersions,
  wanted: { readonly document: JsonObject | undefined; readonly version: string | undefined },
): DefinitionChange['newVersion'] {
  const { document = latest.document, version } = wanted;
  const isSame = isDeepStrictEqual(document, latest.document);
  if (isSame && (version === undefined || version === latest.version)) return undefined;
  return { version: chooseVersion(greatestVersion, version), document };
}
