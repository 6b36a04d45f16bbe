import { createServer, type Server } from 'node:http';

import { eventually } from './eventually';
import { closeServer, listenOnLoopback } from './loopback-server';
import type { RestClient } from './rest-client';

const SECRET = 'a-secret-value-that-lasts';

/** Things of each kind that a backup must bring back: a secret in use, a workflow, a run that ended, one that waits. */
export class Keepsakes {
  private runId = '';
  private waitingId = '';

  private constructor(
    private readonly server: Server,
    private readonly url: string,
    private readonly received: string[],
  ) {}

  /** Starts a far side that notes which secret came with a request. */
  static async start(): Promise<Keepsakes> {
    const received: string[] = [];
    const server = createServer((request, response) => {
      received.push(request.headers.authorization ?? 'nothing');
      response.setHeader('content-type', 'application/json').end('{"fine":true}');
    });
    return new Keepsakes(server, await listenOnLoopback(server), received);
  }

  /** Stores them in a program. */
  async store(rest: RestClient): Promise<void> {
    await made(rest, '/secrets', { name: 'KEPT', value: SECRET });
    const mcp = await made(rest, '/mcp-definitions', {
      name: 'asks',
      mcp_type: 'http_request',
      config: {
        type: 'http_request',
        url: this.url,
        headers: { authorization: '${{ secrets.KEPT }}' },
      },
    });
    const ask = { id: 'ask', uses: { mcp_definition_id: mcp } };
    await made(rest, '/workflow-definitions', {
      name: 'asking',
      steps: [ask],
      result: '${{ steps.ask.output.body.fine }}',
    });
    const waiting = await made(rest, '/workflow-definitions', {
      name: 'waiting',
      steps: [
        { id: 'go', uses: { builtin: 'approval' } },
        { ...ask, needs: ['go'] },
      ],
      result: '${{ steps.ask.output.body.fine }}',
    });
    this.waitingId = await made(rest, '/workflow-runs', { workflow_definition_id: waiting });
    await this.reaches(rest, this.waitingId, 'waiting');
    this.runId = await this.runAsking(rest);
  }

  /** Checks that another program has them, and that they work there. */
  async expectIn(rest: RestClient): Promise<void> {
    expect((await rest.get(`/workflow-runs/${this.runId}`)).body).toMatchObject({
      status: 'succeeded',
      result: true,
    });
    const before = this.received.length;
    await this.runAsking(rest);
    const signal = await rest.post(`/workflow-runs/${this.waitingId}/signals/go`, {
      decision: 'approve',
    });
    expect(signal.status).toBe(200);
    await this.reaches(rest, this.waitingId, 'succeeded');
    expect(this.received.slice(before)).toEqual([SECRET, SECRET]);
  }

  /** Checks that a program can run the workflow that has the secret. */
  async expectRuns(rest: RestClient): Promise<void> {
    const before = this.received.length;
    await this.runAsking(rest);
    expect(this.received.slice(before)).toEqual([SECRET]);
  }

  close(): void {
    void closeServer(this.server);
  }

  private async runAsking(rest: RestClient): Promise<string> {
    const { body } = await rest.get<{ items: { id: string }[] }>('/workflow-definitions?search=asking');
    const id = await made(rest, '/workflow-runs', { workflow_definition_id: body.items[0]?.id });
    await this.reaches(rest, id, 'succeeded');
    return id;
  }

  private async reaches(rest: RestClient, runId: string, status: string): Promise<void> {
    await eventually(
      async () => (await rest.get<{ status: string }>(`/workflow-runs/${runId}`)).body.status === status,
    );
  }
}

async function made(rest: RestClient, path: string, body: unknown): Promise<string> {
  const answer = await rest.post<{ id: string }>(path, body);
  expect([path, answer.status]).toEqual([path, path === '/workflow-runs' ? answer.status : 201]);
  return answer.body.id;
}
