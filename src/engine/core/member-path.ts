/** The path of a member: `inputs.url`, or `headers["x-trace"]` where the key is no plain name. */
export function memberPath(path: string, key: string): string {
  if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}
