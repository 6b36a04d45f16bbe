import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { podman, podmanSucceeds, STORE } from './podman.mts';

/** What the Dockerfile stands on, by the names that it gives. */
export interface BaseImages {
  readonly debian: string;
  readonly node: string;
}

/** What Debian's own slim image leaves out. */
const SLIM = ['doc', 'man', 'locale', 'info', 'lintian'].map(
  (folder) => `--dpkgopt=path-exclude=/usr/share/${folder}/*`,
);

const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

/** Names the way in which an image was made: one that was made otherwise is made again. */
const RECIPE = 'mcp-backend.recipe';
const DEBIAN_RECIPE = 'mmdebstrap, merged /usr, slim';

/**
 * Makes the images that the Dockerfile stands on, where no registry can be reached: a root by mmdebstrap, as Debian's
 * image is one, and on it Node and npm from their npm packages, as Node's image has them from its downloads.
 *
 * @param root of the repository, whose `node_modules` has Node
 */
export function makeBaseImages({ debian, node }: BaseImages, root: string): void {
  const nodeRecipe = `${DEBIAN_RECIPE}, Node ${nodeVersion(root)}`;
  if (!isMadeBy(DEBIAN_RECIPE, debian)) {
    inScratch((scratch) => {
      importDebian(debian, scratch);
    });
  }
  if (!isMadeBy(nodeRecipe, node)) {
    inScratch((scratch) => {
      buildNode(node, debian, nodeRecipe, root, scratch);
    });
  }
}

function nodeVersion(root: string): string {
  return execFileSync(join(root, 'node_modules/node/bin/node'), ['--version'], { encoding: 'utf8' }).trim();
}

function isMadeBy(recipe: string, image: string): boolean {
  const format = `{{index .Labels "${RECIPE}"}}`;
  return (
    podmanSucceeds('image', 'exists', image) &&
    podman('image', 'inspect', '--format', format, image) === recipe
  );
}

function importDebian(name: string, scratch: string): void {
  const tar = join(scratch, 'debian.tar');
  // Without the hook, a package in Perl does what it does: 50 MB more than Debian's own image.
  const mergedUsr = ['--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr', '--include=usr-is-merged'];
  run('mmdebstrap', ['--quiet', '--variant=minbase', ...mergedUsr, ...SLIM, 'bookworm', tar], scratch);
  podman('import', '--quiet', '--change', `LABEL ${RECIPE}="${DEBIAN_RECIPE}"`, tar, name);
}

/** By a Dockerfile of two lines, so that it is the engine that writes the layer. */
function buildNode(name: string, debian: string, recipe: string, root: string, scratch: string): void {
  const local = join(scratch, 'usr/local');
  mkdirSync(join(local, 'bin'), { recursive: true });
  mkdirSync(join(local, 'lib/node_modules'), { recursive: true });
  cpSync(join(root, 'node_modules/node/bin/node'), join(local, 'bin/node'));
  run('npm', ['pack', '--silent', 'npm@11'], scratch);
  run(
    'sh',
    ['-c', 'tar -xzf npm-*.tgz && rm npm-*.tgz && mv package usr/local/lib/node_modules/npm'],
    scratch,
  );
  for (const command of ['npm', 'npx']) {
    symlinkSync(`../lib/node_modules/npm/bin/${command}-cli.js`, join(local, 'bin', command));
  }
  // A machine whose way to the npm registry has a certificate of its own.
  const trusts = existsSync(CERTIFICATES);
  if (trusts) cpSync(CERTIFICATES, join(scratch, 'certificates.crt'), { dereference: true });
  const lines = [
    `FROM ${debian}`,
    `LABEL ${RECIPE}="${recipe}"`,
    'COPY usr /usr',
    ...(trusts ? ['COPY certificates.crt /etc/', 'ENV NODE_EXTRA_CA_CERTS=/etc/certificates.crt'] : []),
  ];
  execFileSync('sh', ['-c', 'cat > Dockerfile'], { cwd: scratch, input: lines.join('\n') });
  podman(
    'build',
    '--quiet',
    '--format',
    'docker',
    '--isolation',
    'chroot',
    '--pull=never',
    '--tag',
    name,
    scratch,
  );
}

function inScratch(work: (folder: string) => void): void {
  mkdirSync(STORE, { recursive: true });
  const scratch = mkdtempSync(join(tmpdir(), 'image-'));
  try {
    work(scratch);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function run(command: string, args: string[], cwd: string): void {
  execFileSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
}
