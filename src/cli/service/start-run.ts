import { type RunResponse, startWorkflowRun } from '#sdk';

import { findWorkflow } from './find-workflow';
import { type Pair, toParameters } from './run-parameters';
import type { Service } from './service';

/** What is run, and with what. */
export interface RunWishes {
  /** Name or id. */
  readonly workflow: string;
  readonly parameters: readonly Pair[];
  readonly labels: readonly Pair[];
}

/**
 * Starts a run of a workflow.
 *
 * @throws ServiceError
 */
export async function startRun(service: Service, wishes: RunWishes): Promise<RunResponse> {
  const workflow = await findWorkflow(service, wishes.workflow);
  const { parameters_schema: schema } = workflow.latest_version.spec;
  const body = {
    workflow_definition_id: workflow.id,
    parameters: toParameters(wishes.parameters, schema),
    labels: Object.fromEntries(wishes.labels),
  };
  return service.answer(startWorkflowRun({ client: service.client, body }));
}
