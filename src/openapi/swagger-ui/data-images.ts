/** A file to serve. */
export interface StaticFile {
  readonly contentType: string;
  readonly body: Buffer;
}

/** `url("data:…")` with CSS escapes inside the quotes, or `url(data:…)` without quotes. */
const DATA_URL = /url\((?:"(data:(?:[^"\\]|\\.)*)"|(data:[^)"]*))\)/g;

/**
 * Takes the images that a stylesheet carries as `data:` addresses out of it, because our Content-Security-Policy
 * loads nothing but files of this server.
 *
 * @param folder where the files will be, as a path with a slash at its end
 * @returns the stylesheet that refers to files instead, and the files by name
 */
export function extractDataImages(
  css: string,
  folder: string,
): { css: string; files: Map<string, StaticFile> } {
  const files = new Map<string, StaticFile>();
  const names = new Map<string, string>();
  const rewritten = css.replace(DATA_URL, (_match, quoted: string | undefined, bare: string | undefined) => {
    const url = quoted === undefined ? (bare ?? '') : quoted.replace(/\\(.)/g, '$1');
    let name = names.get(url);
    if (name === undefined) {
      const file = readDataUrl(url);
      name = `image-${names.size}.${file.contentType.replace(/^image\//, '').replace('svg+xml', 'svg')}`;
      names.set(url, name);
      files.set(name, file);
    }
    return `url(${folder}${name})`;
  });
  return { css: rewritten, files };
}

/** RFC 2397: `data:<type>[;charset=…][;base64],<data>`. */
function readDataUrl(url: string): StaticFile {
  const comma = url.indexOf(',');
  const [contentType = '', ...parameters] = url.slice('data:'.length, comma).split(';');
  const data = url.slice(comma + 1);
  const body = parameters.includes('base64')
    ? Buffer.from(data, 'base64')
    : Buffer.from(decodeURIComponent(data), 'utf8');
  return { contentType, body };
}
