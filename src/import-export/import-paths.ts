/** Whether a path is one of an import, whose bodies may be larger than others. */
export function isImportPath(path: string): boolean {
  return /^\/api\/v1\/import(?:\/|$)/.test(path);
}
