/**
 * `npm run deploy:manifests`: renders the chart into deploy/manifests/mcp-backend.yaml, for those who use no Helm. With
 * `--check` it writes nothing and fails when the file is not what the chart gives.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath, URL } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const helm = `${root}node_modules/.cache/deploy-tools/helm`;
const target = `${root}deploy/manifests/mcp-backend.yaml`;

const HEADER = `# Rendered from deploy/helm/mcp-backend by \`npm run deploy:manifests\`: change the chart, not this file.
# Before: kubectl create namespace mcp-backend, and the Secret as docs/deployment.md shows.
`;

const args = ['template', 'mcp-backend', 'deploy/helm/mcp-backend', '--namespace', 'mcp-backend'];
const rendered = execFileSync(helm, [...args, '--values', 'deploy/manifests/values.yaml'], {
  cwd: root,
  encoding: 'utf8',
});
const text = HEADER + rendered;

if (!process.argv.includes('--check')) {
  writeFileSync(target, text);
} else if (readFileSync(target, 'utf8') !== text) {
  console.error(
    'deploy/manifests is not what the chart gives: run `npm run deploy:manifests` and commit it.',
  );
  process.exitCode = 1;
}
