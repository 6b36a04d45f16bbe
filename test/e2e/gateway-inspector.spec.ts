import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { type RunningRest, startRest } from '../support/start-rest';

/** Where `@modelcontextprotocol/inspector` is installed: 110 MB, which nothing else here needs. */
const CLI = process.env['INSPECTOR_CLI'] ?? '';
if (CLI === '')
  process.stderr.write('SKIPPED: the Inspector, since INSPECTOR_CLI does not name its program\n');

/** A client that we did not write, as somebody uses it at a terminal. */
(CLI === '' ? describe.skip : describe)("the MCP endpoint for the Inspector's command line", () => {
  let running: RunningRest;

  beforeAll(async () => {
    running = await startRest();
    const config = { type: 'typescript_script', code: 'export default ({ n }) => ({ twice: n * 2 });' };
    const input_schema = { type: 'object', required: ['n'], properties: { n: { type: 'number' } } };
    await running.rest.post('/mcp-definitions', {
      name: 'double',
      mcp_type: config.type,
      config,
      input_schema,
    });
    await running.rest.post('/mcp-definitions', {
      name: 'greeting',
      mcp_type: 'llm_prompt',
      config: {
        type: 'llm_prompt',
        provider: 'openai_compatible',
        base_url: 'http://127.0.0.1:1/',
        model: 'none',
        prompt: 'Greet ${{ inputs.who }}!',
      },
      input_schema: { type: 'object', required: ['who'], properties: { who: { type: 'string' } } },
    });
  });
  afterAll(() => running.app.stop());

  async function inspect(method: string, ...more: string[]): Promise<unknown> {
    const { stdout } = await promisify(execFile)(process.execPath, [
      ...[CLI, '--cli', `${running.app.baseUrl}/mcp`, '--transport', 'http'],
      ...['--header', `Authorization: Bearer ${running.key}`, '--method', method, ...more],
    ]);
    return JSON.parse(stdout);
  }

  it('lists tools and calls one', async () => {
    expect(await inspect('tools/list')).toMatchObject({ tools: [{ name: 'double' }, { name: 'greeting' }] });
    expect(await inspect('tools/call', '--tool-name', 'double', '--tool-arg', 'n=21')).toMatchObject({
      structuredContent: { twice: 42 },
    });
  });

  it('lists prompts and gets one', async () => {
    expect(await inspect('prompts/list')).toMatchObject({ prompts: [{ name: 'greeting' }] });
    expect(
      await inspect('prompts/get', '--prompt-name', 'greeting', '--prompt-args', 'who=Ada'),
    ).toMatchObject({ messages: [{ content: { text: 'Greet Ada!' } }] });
  });

  it('is refused without a key', async () => {
    const asked = promisify(execFile)(process.execPath, [
      ...[CLI, '--cli', `${running.app.baseUrl}/mcp`, '--transport', 'http', '--method', 'tools/list'],
    ]);
    await expect(asked).rejects.toMatchObject({
      stderr: expect.stringContaining('auth_required') as string,
    });
  });
});
