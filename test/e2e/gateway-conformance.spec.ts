import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

import { eventually } from '../support/eventually';
import { connect, untilListed } from '../support/mcp/clients';
import { type KeyProxy, startKeyProxy } from '../support/mcp/key-proxy';
import { startConformanceServer } from '../support/mcp/conformance-server';
import type { McpUpstream } from '../support/mcp/upstream';
import { type RunningRest, startRest } from '../support/start-rest';

/** One of the suite's results. */
interface Check {
  readonly id: string;
  readonly status: string;
  readonly errorMessage?: string;
}

/**
 * The official conformance suite against the running product, in front of a server that has what the suite asks for.
 * A toolset with an empty prefix gives its tools the names that the suite calls. What does not apply to a stateless
 * gateway stands in `test/conformance/*.yml`, with the reason; a scenario in there that passes fails the suite too.
 */
describe('the conformance suite of MCP', () => {
  let running: RunningRest;
  let upstream: McpUpstream;
  let proxy: KeyProxy;

  beforeAll(async () => {
    upstream = await startConformanceServer();
    running = await startRest({ env: { EGRESS_ALLOW: 'loopback' } });
    const { rest } = running;
    const { body: server } = await rest.post<{ id: string }>('/mcp-definitions', {
      name: 'conformance',
      mcp_type: 'mcp_server',
      config: { type: 'mcp_server', transport: 'streamable_http', url: upstream.url },
    });
    const members = [{ mcp_definition_id: server.id, prefix: '' }];
    await rest.post('/toolsets', { name: 'conformance', members });
    proxy = await startKeyProxy(running.app.baseUrl, running.key);
    await eventually(async () => (await fetch(`${proxy.baseUrl}/mcp/conformance`)).status === 405);
    const client = await connect(`${proxy.baseUrl}/mcp/conformance`, { era: '2026-07-28', headers: {} });
    await untilListed(client, 'test_simple_text');
    await client.close();
  });

  afterAll(async () => {
    await proxy.close();
    await running.app.stop();
    await upstream.close();
  });

  it.each([
    ['2025-11-25', '@modelcontextprotocol/conformance', ['--spec-version', '2025-11-25']],
    ['2026-07-28', 'conformance-2026-07-28', ['--requirements', '2026-07-28']],
  ])('passes for %s, but for what the list of that revision names', async (revision, suite, options) => {
    const main = resolve(__dirname, '../../node_modules', suite, 'dist/index.js');
    const list = resolve(__dirname, '../conformance', `${revision}.yml`);
    // The suite writes its results beside where it runs.
    const folder = await mkdtemp(join(tmpdir(), 'conformance-'));
    const url = `${proxy.baseUrl}/mcp/conformance`;
    const { code, output } = await run(
      [main, 'server', '--url', url, '--expected-failures', list, '-o', folder, ...options],
      folder,
    );
    const faults = code === 0 ? [] : await readFaults(folder);
    await rm(folder, { recursive: true, force: true });
    if (code !== 0)
      throw new Error(`The suite ended with ${code}:\n${summaryOf(output)}\n${faults.join('\n')}`);
    // Not a suite that found nothing to try.
    expect(output).toMatch(/^Total: [1-9]\d+ passed/m);
  });
});

/** The checks that failed or warned, in words. */
async function readFaults(folder: string): Promise<string[]> {
  const files = await readdir(folder, { recursive: true });
  const results = files.filter((file) => file.endsWith('checks.json'));
  const perScenario = results.map(async (file) => {
    const checks = JSON.parse(await readFile(join(folder, file), 'utf8')) as Check[];
    return checks
      .filter(({ status }) => status === 'FAILURE' || status === 'WARNING')
      .map(({ id, errorMessage }) => `${dirname(file)}: ${id}: ${errorMessage ?? ''}`);
  });
  return (await Promise.all(perScenario)).flat();
}

function summaryOf(output: string): string {
  return output.slice(output.indexOf('=== SUMMARY'));
}

function run(args: readonly string[], cwd: string): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('close', (code) => {
      done({ code, output });
    });
  });
}
