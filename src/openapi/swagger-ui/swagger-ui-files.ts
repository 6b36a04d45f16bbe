import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { extractDataImages, type StaticFile } from './data-images';

/** Where the page and its files are. */
export const DOCS_PATH = '/api/docs';

/** Everything by reference: `default-src 'self'` runs no inline script and applies no inline style. */
const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>MCP Backend API</title>
    <link rel="icon" type="image/png" href="${DOCS_PATH}/favicon-32x32.png" />
    <link rel="stylesheet" href="${DOCS_PATH}/swagger-ui.css" />
    <link rel="stylesheet" href="${DOCS_PATH}/index.css" />
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="${DOCS_PATH}/swagger-ui-bundle.js"></script>
    <script src="${DOCS_PATH}/initialise.js"></script>
  </body>
</html>
`;

/**
 * What the page's own styles lack: names and types of headers are dark on dark, and the column of links, of which our
 * document has none, does not fit a narrow page.
 */
const STYLES = `
html.dark-mode .swagger-ui .header-col { color: #e4e6e6; }
.swagger-ui .response-col_links { display: none; }
`;

/**
 * The base layout, because the standalone one brings a bar with an inline image that has no use here. With that bar goes
 * what asks the browser whether it wants a dark page, so that is done here.
 */
function initialiser(documentPath: string): string {
  return `const dark = matchMedia('(prefers-color-scheme: dark)');
const show = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', show);
show();
SwaggerUIBundle(${JSON.stringify({
    url: documentPath,
    dom_id: '#swagger-ui',
    deepLinking: true,
    persistAuthorization: true,
    validatorUrl: null,
  })});
`;
}

/**
 * The files of the Swagger UI page by their path, from the package `swagger-ui-dist`.
 *
 * @param documentPath where the OpenAPI document is
 */
export function readSwaggerUiFiles(documentPath: string): ReadonlyMap<string, StaticFile> {
  const folder = dirname(require.resolve('swagger-ui-dist/package.json'));
  const read = (name: string): Buffer => readFileSync(join(folder, name));
  const { css, files } = extractDataImages(read('swagger-ui.css').toString('utf8'), `${DOCS_PATH}/`);
  return new Map([
    [DOCS_PATH, text('text/html', PAGE)],
    [`${DOCS_PATH}/initialise.js`, text('text/javascript', initialiser(documentPath))],
    [`${DOCS_PATH}/swagger-ui.css`, text('text/css', css)],
    [`${DOCS_PATH}/index.css`, text('text/css', read('index.css').toString('utf8') + STYLES)],
    [
      `${DOCS_PATH}/swagger-ui-bundle.js`,
      { contentType: 'text/javascript; charset=utf-8', body: read('swagger-ui-bundle.js') },
    ],
    [`${DOCS_PATH}/favicon-32x32.png`, { contentType: 'image/png', body: read('favicon-32x32.png') }],
    ...[...files].map(([name, file]): [string, StaticFile] => [`${DOCS_PATH}/${name}`, file]),
  ]);
}

function text(type: string, content: string): StaticFile {
  return { contentType: `${type}; charset=utf-8`, body: Buffer.from(content, 'utf8') };
}
