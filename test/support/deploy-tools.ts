import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');
const TOOLS = join(ROOT, 'node_modules/.cache/deploy-tools');

export const CHART = join(ROOT, 'deploy/helm/mcp-backend');

type Tool = 'helm' | 'promtool';

/** Whether the tools are there that check `deploy/`. In CI they must be: tests fail without them. */
export function hasDeployTools(): boolean {
  if (process.env['CI'] !== undefined || existsSync(join(TOOLS, 'helm'))) return true;
  process.stderr.write('SKIPPED: `npm run deploy:tools` brings what checks deploy/\n');
  return false;
}

/** What a tool prints. Throws with what it complains of. */
export function runTool(tool: Tool, args: readonly string[], cwd = CHART): string {
  return execFileSync(join(TOOLS, tool), args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** What a tool says when it refuses; null when it does not. */
export function refusalOf(tool: Tool, args: readonly string[]): string | null {
  const { status, stdout, stderr } = spawnSync(join(TOOLS, tool), args, { cwd: CHART, encoding: 'utf8' });
  return status === 0 ? null : `${stdout}${stderr}`;
}
