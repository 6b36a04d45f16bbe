/**
 * Whether a version of Node satisfies what package.json asks for in `engines`.
 *
 * @param version as in `process.versions.node`
 * @param range of the form `>=24` or `>=24.1.0`, the only one that this program uses
 */
export function isNodeNewEnough(version: string, range: string): boolean {
  const actual = version.split('.').map((part) => Number.parseInt(part, 10));
  const least = range.replace('>=', '').split('.').map(Number);
  for (let index = 0; index < least.length; index += 1) {
    const difference = (actual[index] || 0) - (least[index] || 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
