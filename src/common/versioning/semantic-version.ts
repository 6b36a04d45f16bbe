/** A released version of a definition: three numbers without pre-release or build parts (semver.org 2.0.0, item 2). */
export type SemanticVersion = readonly [major: number, minor: number, patch: number];

export const FIRST_VERSION = '1.0.0';

/** For DTOs and the OpenAPI document. At most nine digits, so that each part is a safe integer. */
export const SEMANTIC_VERSION_PATTERN = /^(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})$/;

/** Null when `text` is no `MAJOR.MINOR.PATCH`. */
export function parseVersion(text: string): SemanticVersion | null {
  const match = SEMANTIC_VERSION_PATTERN.exec(text);
  return match === null ? null : [Number(match[1]), Number(match[2]), Number(match[3])];
}

/** Whether `later` comes after `earlier`; both must be versions. */
export function isGreaterVersion(later: string, earlier: string): boolean {
  const [a, b] = [parseVersion(later), parseVersion(earlier)];
  if (a === null || b === null) throw new RangeError(`not versions: ${later}, ${earlier}`);
  const [majorA, minorA, patchA] = a;
  const [majorB, minorB, patchB] = b;
  if (majorA !== majorB) return majorA > majorB;
  if (minorA !== minorB) return minorA > minorB;
  return patchA > patchB;
}

/** The version that follows when its author names none: the next minor. */
export function nextVersion(version: string): string {
  const parsed = parseVersion(version);
  if (parsed === null) throw new RangeError(`not a version: ${version}`);
  return `${parsed[0]}.${parsed[1] + 1}.0`;
}
