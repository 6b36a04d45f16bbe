// By its path: the package lets itself be imported only, and Jest requires.
import {
  CreateTaskResultV2Schema,
  GetTaskResultV2Schema,
  TASKS_EXTENSION_ID_V2,
} from '../../node_modules/@modelcontextprotocol/ext-tasks/dist/core/v2';

import { eventually } from '../support/eventually';
import { soonEnough } from '../support/soon-enough';
import { type RunningRest, startRest } from '../support/start-rest';

/** What a method needs beside its parameters in 2026-07-28: its name in a header, and that of what it is about. */
interface Call {
  readonly method: string;
  readonly name: string;
  readonly params: object;
}

/** A call that takes longer becomes a task. */
const TASK_AFTER_SECONDS = 5;

interface Answer {
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly code: number; readonly message: string };
}

describe('calls that take long', () => {
  let running: RunningRest;

  beforeAll(async () => {
    running = await startRest();
    for (const [name, steps] of [
      ['ask', [{ id: 'ask', uses: { builtin: 'approval' } }]],
      ['quick', [{ id: 'set', uses: { builtin: 'set' }, inputs: { n: 1 } }]],
      [
        'fail',
        [
          { id: 'hold', uses: { builtin: 'wait' }, inputs: { seconds: TASK_AFTER_SECONDS + 1 } },
          { id: 'fail', needs: ['hold'], uses: { builtin: 'fail' }, inputs: { message: 'no' } },
        ],
      ],
    ] as const) {
      const result = name === 'ask' ? { decided: '${{ steps.ask.status }}' } : '${{ 1 }}';
      const answer = await running.rest.post('/workflow-definitions', {
        name,
        steps,
        result,
        expose_as_tool: true,
      });
      expect(answer.status).toBe(201);
    }
  });
  afterAll(() => running.app.stop());

  async function send({ method, name, params }: Call, canTask = true, key = running.key): Promise<Answer> {
    const answer = await fetch(`${running.app.baseUrl}/mcp`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': method,
        'mcp-name': name,
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method,
        params: {
          ...params,
          _meta: {
            'io.modelcontextprotocol/protocolVersion': '2026-07-28',
            'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1.0.0' },
            'io.modelcontextprotocol/clientCapabilities': canTask
              ? { extensions: { [TASKS_EXTENSION_ID_V2]: {} } }
              : {},
          },
        },
      }),
    });
    const text = await answer.text();
    return JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? text) as Answer;
  }

  const call = (name: string, canTask = true) =>
    send({ method: 'tools/call', name, params: { name, arguments: {} } }, canTask);
  const ask = (taskId: string, key = running.key) =>
    send({ method: 'tasks/get', name: taskId, params: { taskId } }, true, key);

  async function begin(name: string): Promise<string> {
    const task = CreateTaskResultV2Schema.parse((await call(name)).result);
    expect(task.status).toBe('working');
    return task.taskId;
  }

  it('are answered by a task, which its client asks after until it has the result', async () => {
    const taskId = await begin('ask');
    expect(GetTaskResultV2Schema.parse((await ask(taskId)).result)).toMatchObject({
      taskId,
      status: 'working',
    });
    await running.rest.post(`/workflow-runs/${taskId}/signals/ask`, { decision: 'approve' });
    const task = await eventually(async () => {
      const now = GetTaskResultV2Schema.parse((await ask(taskId)).result);
      return now.status === 'completed' ? now : null;
    });
    expect(task).toMatchObject({
      result: { structuredContent: { decided: 'succeeded' }, _meta: { 'mcp-backend/run_id': taskId } },
    });
  });

  it('tell what went wrong as their result', async () => {
    const taskId = await begin('ask');
    await running.rest.post(`/workflow-runs/${taskId}/signals/ask`, { decision: 'reject' });
    const task = await eventually(async () => {
      const now = GetTaskResultV2Schema.parse((await ask(taskId)).result);
      return now.status === 'working' ? null : now;
    });
    expect(task).toMatchObject({ status: 'completed', result: { isError: true } });
  });

  it('can be cancelled, also when they have ended', async () => {
    const taskId = await begin('ask');
    const cancel = () => send({ method: 'tasks/cancel', name: taskId, params: { taskId } });
    expect((await cancel()).result).toMatchObject({ resultType: 'complete' });
    await eventually(async () => (await ask(taskId)).result?.['status'] === 'cancelled');
    expect((await cancel()).result).toMatchObject({ resultType: 'complete' });
    await eventually(async () => {
      const events = await running.rest.get<{ total: number }>(`/audit-events?run_id=${taskId}`);
      // The call, and both that cancelled it.
      return events.body.total === 3;
    });
  });

  it('belong to the key that called', async () => {
    const taskId = await begin('ask');
    const { key } = (await running.rest.post<{ key: string }>('/api-keys', { name: 'another' })).body;
    expect((await ask(taskId, key)).error).toMatchObject({ code: -32_602 });
    expect((await ask('nonsense')).error).toMatchObject({ code: -32_602 });
  });

  it('are no tasks where they end soon', async () => {
    const answer = await soonEnough(TASK_AFTER_SECONDS * 1_000, async () => {
      const begun = performance.now();
      const given = await call('quick');
      return performance.now() - begun < TASK_AFTER_SECONDS * 1_000 ? given : null;
    });
    expect(answer.result).toMatchObject({ resultType: 'complete', content: [{ text: '1' }] });
  });

  it('are waited for by clients that know no tasks', async () => {
    expect((await call('fail', false)).result).toMatchObject({ resultType: 'complete', isError: true });
  });
});
