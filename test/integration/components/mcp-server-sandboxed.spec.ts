import { chmod, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { JsonObject } from '../../../src/engine/core/json';
import { McpServer } from '../../../src/components/mcp-server/mcp-server';
import { McpUpstreams } from '../../../src/components/mcp-server/mcp-upstreams';
import { StdioLauncher } from '../../../src/components/mcp-server/stdio-launcher';
import { openSandbox, sandboxTests } from '../../support/sandbox';
import { noEgress } from '../../support/no-egress';
import { ComponentHarness } from './component-harness';

const NODE_MODULES = resolve(__dirname, '../../../node_modules');
const EVERYTHING = require.resolve('@modelcontextprotocol/server-everything/dist/index.js');
const FILESYSTEM = require.resolve('@modelcontextprotocol/server-filesystem/dist/index.js');
const HOSTILE = join(__dirname, 'hostile-stdio-server.mjs');

const SECRET = 'kept-by-the-service-51c9';

sandboxTests('mcp_server over stdio in the sandbox', () => {
  let folder: string;
  let type: McpServer;
  let harness: ComponentHarness;

  beforeAll(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'sandboxed-server-')));
    await writeFile(join(folder, 'note.txt'), 'a note');
    // As root, the server is another account: what it may see and write must be open to everyone.
    await chmod(folder, 0o777);
    process.env['SANDBOXED_SERVER_SECRET'] = SECRET;
    const rules = { paths: [NODE_MODULES, __dirname, folder], commands: null };
    const launcher = new StdioLauncher(await openSandbox(), rules);
    type = new McpServer(new McpUpstreams({ launcher, egress: noEgress, version: '0' }));
  });
  beforeEach(() => {
    harness = new ComponentHarness(type);
  });
  afterAll(async () => {
    delete process.env['SANDBOXED_SERVER_SECRET'];
    await type.close();
    await rm(folder, { recursive: true });
  });

  const stdio = (args: string[], more: JsonObject = {}): JsonObject => ({
    transport: 'stdio',
    command: process.execPath,
    args,
    ...more,
  });
  const faults = (more: JsonObject) => type.checkConfig({ type: 'mcp_server', ...stdio([], more) });

  it('runs a published server from node_modules', async () => {
    const call = { tool: 'echo', inputs: { message: 'hi' } };
    expect(await harness.run(stdio([EVERYTHING, 'stdio']), call)).toMatchObject({
      content: [{ type: 'text', text: expect.stringContaining('hi') as string }],
    });
  });

  it('takes node by its name as well', async () => {
    const config = { ...stdio([EVERYTHING, 'stdio']), command: 'node' };
    expect(await harness.run(config, { tool: 'echo', inputs: { message: 'hi' } })).toMatchObject({
      is_error: false,
    });
  });

  it('shows the folder that an argument names, and does not let it be written', async () => {
    const config = stdio([FILESYSTEM, folder]);
    const path = join(folder, 'note.txt');
    expect(await harness.run(config, { tool: 'read_text_file', inputs: { path } })).toMatchObject({
      content: [{ type: 'text', text: 'a note' }],
    });
    await expect(
      harness.run(config, { tool: 'write_file', inputs: { path, content: 'changed' } }),
    ).rejects.toMatchObject({ code: 'TOOL_ERROR', message: expect.stringContaining('EROFS') as string });
    expect(await readFile(path, 'utf8')).toBe('a note');
  });

  it('shows a folder however deep in the machine’s /tmp', async () => {
    const deep = join(folder, 'a', 'b');
    await mkdir(deep, { recursive: true });
    const path = join(deep, 'note.txt');
    await writeFile(path, 'a deep note');
    const config = stdio([FILESYSTEM, deep]);
    expect(await harness.run(config, { tool: 'read_text_file', inputs: { path } })).toMatchObject({
      content: [{ type: 'text', text: 'a deep note' }],
    });
  });

  it('lets a folder of write_paths be written', async () => {
    const path = join(folder, 'written.txt');
    const config = stdio([FILESYSTEM, folder], { write_paths: [folder] });
    await harness.run(config, { tool: 'write_file', inputs: { path, content: 'new' } });
    expect(await readFile(path, 'utf8')).toBe('new');
  });

  it('says which folder of its arguments a server that ended could not see', async () => {
    await expect(
      harness.run(stdio([FILESYSTEM, '/srv/elsewhere']), { tool: 'read_text_file', inputs: { path: '/x' } }),
    ).rejects.toMatchObject({
      code: 'CONNECTION_FAILED',
      message: expect.stringMatching(
        /exit code 1\. Its last words: .+\. The sandbox hides \/srv\/elsewhere from it: STDIO_PATHS_ALLOW/,
      ) as string,
    });
  });

  it('gives the process its own variables and nothing of the service’s', async () => {
    const config = stdio([HOSTILE, 'plain'], { env: { TOKEN: 'its own' } });
    const output = (await harness.run(config, { tool: 'echo' })) as { content: [{ text: string }] };
    const { env, cwd } = JSON.parse(output.content[0].text) as { env: Record<string, string>; cwd: string };
    expect(Object.keys(env).sort()).toEqual(['HOME', 'LANG', 'PATH', 'PWD', 'TMPDIR', 'TOKEN']);
    expect([env['TOKEN'], cwd]).toEqual(['its own', '/tmp']);
    expect(output.content[0].text).not.toContain(SECRET);
  });

  it('says that a command is not there', async () => {
    const config = { ...stdio([]), command: 'no-such-server' };
    await expect(harness.run(config, { tool: 'echo' })).rejects.toMatchObject({
      code: 'CONNECTION_FAILED',
      message: expect.stringContaining('there is no such command') as string,
    });
  });

  it.each([
    [{ read_paths: ['/root'] }, 'read_paths[0]'],
    [{ read_paths: ['relative'] }, 'read_paths[0]'],
    [{ write_paths: [`${__dirname}/../..`] }, 'write_paths[0]'],
    [{ write_paths: ['/tmp/does-not-exist-anywhere'] }, 'write_paths[0]'],
    [{ env: { LD_PRELOAD: '/tmp/evil.so' } }, 'env.LD_PRELOAD'],
    [{ env: { LD_AUDIT: '/tmp/evil.so' } }, 'env.LD_AUDIT'],
    [{ env: { NODE_OPTIONS: '--require=/tmp/evil.js' } }, 'env.NODE_OPTIONS'],
    [{ env: { PYTHONSTARTUP: '/tmp/evil.py' } }, 'env.PYTHONSTARTUP'],
    [{ env: { BASH_ENV: '/tmp/evil.sh' } }, 'env.BASH_ENV'],
  ] as const)('refuses %j when it is saved', (more, path) => {
    expect(faults(more as unknown as JsonObject).map((issue) => issue.path)).toEqual([path]);
  });

  it('takes only the commands that the operator allows, found where the operator’s PATH says', async () => {
    const launcher = new StdioLauncher(await openSandbox(), { paths: [], commands: ['npx'] });
    const check = (command: string, env: Record<string, string> = {}) =>
      launcher
        .check({ transport: 'stdio', command, args: [], env, network: false, readPaths: [], writePaths: [] })
        .map(({ path }) => path);
    expect([check('npx'), check('/tmp/npx'), check('sh')]).toEqual([[], ['command'], ['command']]);
    expect(check('npx', { PATH: '/tmp' })).toEqual(['env.PATH']);
  });

  it.each([
    [['npx'], {}, 'config.command: must be one that this server allows: npx'],
    [null, { env: { LD_PRELOAD: '/tmp/evil.so' } }, 'config.env.LD_PRELOAD: must not be set'],
  ])('starts nothing that was stored before the rules became %j', async (commands, more, message) => {
    const launcher = new StdioLauncher(await openSandbox(), { paths: [NODE_MODULES], commands });
    const strict = new McpServer(new McpUpstreams({ launcher, egress: noEgress, version: '0' }));
    const call = new ComponentHarness(strict).run(stdio([EVERYTHING, 'stdio'], more), {
      tool: 'echo',
      inputs: { message: 'hi' },
    });
    await expect(call).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: expect.stringContaining(message) as string,
    });
    await strict.close();
  });
});
