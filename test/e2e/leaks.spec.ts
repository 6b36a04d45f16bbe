import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { eventually } from '../support/eventually';
import { descendants, openSockets } from '../support/holdings';
import { connect, untilListed } from '../support/mcp/clients';
import { type SessionServer, startSessionServer } from '../support/mcp/session-server';
import { RunClient } from '../support/run-client';
import { sandboxTests } from '../support/sandbox';
import { type RunningRest, startRest } from '../support/start-rest';

const MCP_SERVERS = join(__dirname, '../support/mcp');

/** Callers at a time; a server that is a process has eight. */
const IN_FLIGHT = 16;

/** What the program holds: of each as much as its pools keep, whatever was called. */
interface Holdings {
  readonly processes: number;
  readonly sockets: number;
  readonly sessions: number;
  readonly connections: number;
}

sandboxTests('what the program holds', () => {
  let running: RunningRest;
  let runs: RunClient;
  let far: SessionServer;
  let components: Record<'far' | 'near' | 'script', string>;

  beforeAll(async () => {
    far = await startSessionServer();
    running = await startRest({ env: { EGRESS_ALLOW: 'loopback', STDIO_PATHS_ALLOW: MCP_SERVERS } });
    runs = new RunClient(running.rest);
    components = {
      far: await define('far', { type: 'mcp_server', transport: 'streamable_http', url: far.url }),
      near: await define('near', {
        type: 'mcp_server',
        transport: 'stdio',
        command: 'node',
        args: [join(MCP_SERVERS, 'idle-server.mjs')],
      }),
      script: await define('script', {
        type: 'typescript_script',
        code: 'export default ({ n }) => n * 2',
      }),
    };
    const client = await connectClient();
    for (const tool of ['far__say', 'near__say']) await untilListed(client, tool);
    await client.close();
  });
  afterAll(async () => {
    await running.app.stop();
    await far.close();
  });

  async function define(name: string, config: { type: string; [field: string]: unknown }): Promise<string> {
    const body = { name, mcp_type: config.type, config };
    const answer = await running.rest.post<{ id: string }>('/mcp-definitions', body);
    expect([answer.status, answer.body]).toMatchObject([201, {}]);
    return answer.body.id;
  }

  const connectClient = () =>
    connect(`${running.app.baseUrl}/mcp`, {
      era: '2026-07-28',
      headers: { authorization: `Bearer ${running.key}` },
    });

  /** Calls of the three components by one workflow, so many of each. */
  async function callBySteps(times: number): Promise<void> {
    const items = JSON.stringify(Array.from({ length: times }, (_unused, n) => n));
    const each = (id: string, uses: object) => ({
      id,
      uses,
      for_each: { items, max_parallel: IN_FLIGHT },
      inputs: { n: '${{ item }}' },
    });
    const workflow = await runs.createWorkflow({
      max_parallel_steps: 3 * IN_FLIGHT,
      steps: [
        each('far', { mcp_definition_id: components.far, tool: 'say' }),
        each('near', { mcp_definition_id: components.near, tool: 'say' }),
        each('script', { mcp_definition_id: components.script }),
      ],
    });
    expect(await runs.ended(await runs.start(workflow))).toMatchObject({ status: 'succeeded' });
  }

  /** Calls by a client of the MCP endpoint, which leaves in good order. */
  async function callByClient(times: number): Promise<void> {
    const client = await connectClient();
    let left = times;
    const caller = async (): Promise<void> => {
      while (left-- > 0) {
        const name = left % 2 === 0 ? 'far__say' : 'near__say';
        expect((await client.callTool({ name, arguments: {} })).content).toMatchObject([{ text: 'said' }]);
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, caller));
    await client.close();
  }

  /**
   * A client of the MCP endpoint that calls a tool which never answers; resolves when something is told of the call: that it
   * has begun, or, on a slow machine, that it still waits to begin.
   */
  function hang(tool: string, signal: AbortSignal): Promise<Response> {
    return fetch(`${running.app.baseUrl}/mcp`, {
      method: 'POST',
      signal,
      headers: {
        authorization: `Bearer ${running.key}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2025-11-25',
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name: tool, arguments: {}, _meta: { progressToken: 1 } },
      }),
    });
  }

  const near = () => descendants(running.app.pid).filter((pid) => isServer(pid));

  async function leaveWithoutAWord(clients: number): Promise<void> {
    const before = far.hung;
    const leaving = Array.from({ length: clients }, () => new AbortController());
    const calls = leaving.map(async ({ signal }) => {
      try {
        return await (await hang('far__hang', signal)).text();
      } catch {
        return 'left';
      }
    });
    await eventually(() => far.hung === before + clients);
    for (const client of leaving) client.abort();
    expect(await Promise.all(calls)).toEqual(calls.map(() => 'left'));
  }

  async function timeOut(steps: number): Promise<void> {
    const items = JSON.stringify(Array.from({ length: steps }, () => null));
    const step = (id: 'far' | 'near') => ({
      id,
      uses: { mcp_definition_id: components[id], tool: 'hang' },
      for_each: { items, max_parallel: IN_FLIGHT, on_item_error: 'skip' },
      timeout_seconds: 0.5,
    });
    const workflow = await runs.createWorkflow({ steps: [step('far'), step('near')] });
    expect(await runs.ended(await runs.start(workflow))).toMatchObject({ status: 'succeeded' });
  }

  /** Servers that are killed while eight calls wait for them. */
  async function killServers(): Promise<void> {
    const patient = new AbortController();
    const answers = await Promise.all(Array.from({ length: 8 }, () => hang('near__hang', patient.signal)));
    const told = answers.map((answer) => readAlong(answer));
    // A call that had not begun would be sent again, to a server that lives.
    await eventually(() => told.every(({ text }) => text.includes('notifications/progress')));
    expect(near()).toHaveLength(8);
    for (const pid of near()) process.kill(pid, 'SIGKILL');
    for (const { end } of told) expect(await end).toContain('CONNECTION_FAILED');
  }

  /** What is held once nothing changes any more. */
  async function settled(isEnough: (holdings: Holdings) => boolean = () => true): Promise<Holdings> {
    let last = '';
    return eventually(
      async () => {
        const holdings = {
          processes: descendants(running.app.pid).length,
          sockets: openSockets(running.app.pid),
          sessions: far.sessions.size,
          connections: await far.connections(),
        };
        const isStill = last === JSON.stringify(holdings);
        last = JSON.stringify(holdings);
        return isStill && isEnough(holdings) ? holdings : null;
      },
      undefined,
      500,
    ).catch((cause: unknown) => {
      throw new Error(`It holds ${last}`, { cause });
    });
  }

  it('is no more after a thousand calls and a hundred that were abandoned, and nothing after its end', async () => {
    await callBySteps(40);
    await callByClient(40);
    const before = await settled();

    await callBySteps(250);
    await callByClient(250);
    await leaveWithoutAWord(40);
    await timeOut(14);
    for (let round = 0; round < 4; round += 1) await killServers();

    await eventually(() => far.hanging === 0);
    await settled(
      (now) =>
        now.processes <= before.processes &&
        now.sockets <= before.sockets &&
        now.sessions <= before.sessions &&
        now.connections <= before.connections,
    );
    expect(far.begun).toBeLessThan(20);
    expect(running.app.logs.filter(({ level }) => level >= 50)).toEqual([]);
    expect(running.app.output).not.toContain('MaxListenersExceededWarning');

    const left = descendants(running.app.pid);
    await running.app.stop();
    expect(left.filter(isServer)).toEqual([]);
    await eventually(async () => (await far.connections()) === 0);
    expect([...far.sessions]).toEqual([]);
  });
});

/** What an answer has told so far, and all of it at its end. */
function readAlong({ body }: Response): { readonly text: string; readonly end: Promise<string> } {
  const told = { text: '', end: Promise.resolve('') };
  told.end = (async () => {
    for await (const piece of body?.pipeThrough(new TextDecoderStream()) ?? []) told.text += piece;
    return told.text;
  })();
  // It is awaited at the end of a test; a test that fails before has a better story to tell.
  told.end.catch(() => undefined);
  return told;
}

/** Whether a process is a server of ours: not the sandbox around it, whose command line names it too. */
function isServer(pid: number): boolean {
  try {
    const [program = '', ...args] = readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0');
    return program.endsWith('node') && args.some((argument) => argument.endsWith('idle-server.mjs'));
  } catch {
    return false;
  }
}
