import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { eventually } from '../support/eventually';
import { startRest } from '../support/start-rest';

const ROOT = resolve(__dirname, '../..');
const DOCS = join(ROOT, 'docs');

interface DemoRun {
  readonly child: ChildProcess;
  /** Everything that was written so far. */
  readonly output: () => string;
  readonly exitCode: Promise<number | null>;
}

let temporary: string;
let closedPort: string;

beforeAll(async () => {
  temporary = mkdtempSync(join(tmpdir(), 'demo-spec-'));
  // Started by root, the embedded PostgreSQL runs as another account, which must pass through.
  chmodSync(temporary, 0o711);
  const server = createServer().listen(0, '127.0.0.1');
  await eventually(() => server.listening);
  closedPort = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  server.close();
});
afterAll(() => {
  rmSync(temporary, { recursive: true, force: true });
});

/** Starts the demo as `npm run demo` does, in a terminal without colours. */
function startDemo(env: Readonly<Record<string, string>>, ...args: string[]): DemoRun {
  const child = spawn(process.execPath, ['scripts/demo.mts', ...args], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], NO_COLOR: '1', DATA_DIR: join(temporary, 'none'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  const exitCode = new Promise<number | null>((resolveExit) => child.once('close', resolveExit));
  return { child, output: () => output, exitCode };
}

/** The JSON under "Result". */
function resultIn(output: string): unknown {
  const [, json = ''] = /^Result\n(\{.*?^\})$/ms.exec(output) ?? [];
  return JSON.parse(json) as unknown;
}

/** What the demo should find, counted here in another way. */
function census(): { files: number; words: number; headings: number } {
  const pages = readdirSync(DOCS, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.md'),
  );
  const texts = pages.map((name) => readFileSync(join(DOCS, name), 'utf8'));
  const all = texts.join('\n\n');
  const prose = texts.map((text) => text.replace(/^```.*?^```/gms, '')).join('\n');
  return {
    files: pages.length,
    words: all.trim().split(/\s+/).length,
    headings: [...prose.matchAll(/^#{1,6} /gm)].length,
  };
}

it('starts a service, shows a run over the real docs, and leaves nothing behind', async () => {
  let demo: DemoRun;
  do {
    demo = startDemo({ MCP_BACKEND_URL: closedPort, TMPDIR: temporary });
    expect([await demo.exitCode, demo.output()]).toEqual([0, expect.stringContaining('Started one')]);
    // On a slow machine it may be ready before it is asked.
  } while (!/warm_up +↻ retrying/.test(demo.output()));
  const { files, words, headings } = census();
  expect(resultIn(demo.output())).toMatchObject({
    files,
    words,
    headings,
    sum: `The sum of ${words} and ${headings} is ${words + headings}.`,
    alarm: 'skipped',
    service: 'healthy',
  });
  expect(demo.output()).toMatch(/count +│ workflows\.md: \d+ words/);
  expect(demo.output().trim().split('\n').at(-1)).toMatch(/^Next: npm start/);
  expect(readdirSync(temporary).filter((name) => name.includes('mcp-backend-demo'))).toEqual([]);
});

it('stops its service and removes the folder when it is interrupted', async () => {
  let folder: string;
  let hadServer: boolean;
  let exitCode: number | null;
  do {
    const demo = startDemo({ MCP_BACKEND_URL: closedPort, TMPDIR: temporary });
    await eventually(() => demo.output().includes('running'));
    folder = readdirSync(temporary).find((name) => name.startsWith('mcp-backend-demo')) ?? '';
    hadServer = existsSync(join(temporary, folder, 'postgres/postmaster.pid'));
    demo.child.kill('SIGINT');
    exitCode = await demo.exitCode;
    // It may be through before it is interrupted.
  } while (exitCode === 0);
  expect([exitCode, hadServer]).toEqual([130, true]);
  expect(existsSync(join(temporary, folder))).toBe(false);
});

describe('beside a running service', () => {
  it('registers once, can be run again, and fails as its run does', async () => {
    const { app, key } = await startRest({ env: { EGRESS_ALLOW: 'loopback' } });
    const env = { MCP_BACKEND_URL: app.baseUrl, MCP_BACKEND_API_KEY: key };
    try {
      const first = startDemo(env);
      expect([await first.exitCode, first.output()]).toEqual([0, expect.stringContaining('1.0.0   created')]);
      const second = startDemo(env);
      expect([await second.exitCode, second.output()]).toEqual([
        0,
        expect.not.stringMatching(/created|updated/),
      ]);
      expect(second.output().match(/already there/g)).toHaveLength(6);
      expect(resultIn(second.output())).toEqual(resultIn(first.output()));
      expect(second.output().trim().split('\n').at(-1)).toContain(
        `curl -X POST ${app.baseUrl}/api/v1/workflow-runs`,
      );

      const failing = startDemo(env, '{"alarm_above": 10}');
      expect(await failing.exitCode).toBe(1);
      expect(failing.output()).toMatch(
        /The run failed at step "alarm": STEP_FAILED: The docs have \d+ words/,
      );

      const locked = startDemo({ MCP_BACKEND_URL: app.baseUrl });
      expect(await locked.exitCode).toBe(1);
      expect(locked.output()).toContain('Give one:  MCP_BACKEND_API_KEY=mcp_… npm run demo');
    } finally {
      await app.stop();
    }
  });
});
