import { eventually } from './eventually';
import type { RestAnswer, RestClient } from './rest-client';

/** A run as the API shows it. */
export interface Run {
  readonly id: string;
  readonly status: string;
  readonly result: unknown;
  readonly error: { readonly code: string; readonly step_id?: string } | null;
  readonly cancel_requested_at: string | null;
  readonly ended_at: string | null;
}

/** The steps of a run with their attempts. */
export interface RunSteps {
  readonly items: readonly {
    readonly id: string;
    readonly status: string;
    readonly attempts: readonly {
      readonly attempt: number;
      readonly status: string;
      readonly error: { readonly code: string } | null;
    }[];
  }[];
}

/** Defines workflows and starts, watches and cancels runs, as a user of the API does. */
export class RunClient {
  private count = 0;

  constructor(readonly rest: RestClient) {}

  /** @returns the definition's id */
  async createComponent(config: {
    readonly type: string;
    readonly [field: string]: unknown;
  }): Promise<string> {
    const body = { name: this.newName(), mcp_type: config.type, config };
    return created(await this.rest.post<{ id: string }>('/mcp-definitions', body));
  }

  /** @returns the definition's id */
  async createWorkflow(spec: {
    readonly steps: readonly object[];
    readonly [field: string]: unknown;
  }): Promise<string> {
    return created(
      await this.rest.post<{ id: string }>('/workflow-definitions', { name: this.newName(), ...spec }),
    );
  }

  /** @returns the run's id */
  async start(workflowId: string, parameters: object = {}): Promise<string> {
    return created(await this.startAnswer({ workflow_definition_id: workflowId, parameters }));
  }

  startAnswer(body: object, idempotencyKey?: string): Promise<RestAnswer<Run>> {
    const headers = idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey };
    return this.rest.send<Run>('POST', '/workflow-runs', body, headers);
  }

  async get(runId: string): Promise<Run> {
    return (await this.rest.get<Run>(`/workflow-runs/${runId}`)).body;
  }

  async steps(runId: string): Promise<RunSteps> {
    return (await this.rest.get<RunSteps>(`/workflow-runs/${runId}/steps`)).body;
  }

  cancel(runId: string): Promise<RestAnswer<Run>> {
    return this.rest.post<Run>(`/workflow-runs/${runId}/cancel`);
  }

  /** Waits until so many steps have succeeded. */
  async progressed(runId: string, succeeded: number): Promise<void> {
    await eventually(async () => {
      const { items } = await this.steps(runId);
      return items.filter(({ status }) => status === 'succeeded').length >= succeeded;
    });
  }

  /** Waits until the run has ended. An API that is away for a moment is asked again. */
  ended(runId: string): Promise<Run> {
    return eventually(async () => {
      const run = await this.get(runId);
      return typeof run.ended_at === 'string' ? run : null;
    });
  }

  private newName(): string {
    return `test ${(this.count += 1)}`;
  }
}

function created<Body extends { readonly id: string }>({ status, body }: RestAnswer<Body>): string {
  if (status !== 201) throw new Error(`Creating was answered ${status}: ${JSON.stringify(body)}`);
  return body.id;
}
