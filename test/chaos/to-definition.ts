import { ALWAYS, type ModelStep, type ModelWorkflow } from './model';
import { simulate } from './simulate';

/** The ids of what is defined already. */
export interface Defined {
  /** The component that calls the ledger. */
  readonly ledger: string;
  readonly workflows: ReadonlyMap<string, string>;
}

/** The model as the API takes it. */
export function toDefinition(workflow: ModelWorkflow, defined: Defined): object {
  const { steps } = simulate(workflow);
  const result = workflow.steps.map((step): [string, unknown] => {
    const shows = steps[step.id]?.status === 'succeeded' ? shown(step) : null;
    return [step.id, [`\${{ steps.${step.id}.status }}`, shows]];
  });
  return {
    steps: workflow.steps.map((step) => toStep(step, defined)),
    on_failure: workflow.onFailure.map((step) => toStep(step, defined)),
    result: Object.fromEntries(result),
  };
}

function toStep(step: ModelStep, defined: Defined): object {
  const { id, needs, policy, when, continues } = step;
  return {
    id,
    needs,
    needs_policy: policy,
    ...(!when && { when: 'size(run.id) == 0' }),
    ...(continues && { on_error: 'continue' }),
    ...toAction(step, defined),
  };
}

function toAction(step: ModelStep, { ledger, workflows }: Defined): object {
  const retry = (attempts: number): object => ({ max_attempts: attempts, initial_ms: 20, max_ms: 100 });
  switch (step.kind) {
    case 'sum': {
      const terms = [String(step.value), ...step.adds.map((id) => `steps.${id}.output`)];
      return { uses: { builtin: 'set' }, inputs: `\${{ ${terms.join(' + ')} }}` };
    }
    case 'wait':
      return { uses: { builtin: 'wait' }, inputs: { seconds: step.ms / 1000 } };
    case 'call':
      return {
        uses: { mcp_definition_id: ledger },
        inputs: { value: step.value, failures: step.failures },
        retry: retry(step.attempts),
      };
    case 'each':
      return {
        uses: { mcp_definition_id: ledger },
        for_each: {
          items: JSON.stringify(step.items),
          max_parallel: 3,
          on_item_error: step.skips ? 'skip' : 'fail',
        },
        inputs: {
          value: '${{ item }}',
          failures: step.failing === null ? 0 : `\${{ index == ${step.failing} ? ${ALWAYS} : 0 }}`,
        },
      };
    case 'nested':
      return {
        uses: { workflow_definition_id: workflows.get(step.workflow.name) },
        retry: retry(step.attempts),
      };
  }
}

function shown(step: ModelStep): unknown {
  const output = `steps.${step.id}.output`;
  switch (step.kind) {
    case 'wait':
      return null;
    case 'call':
      return `\${{ ${output}.body.value }}`;
    case 'each':
      return `\${{ ${output}.map(one, one == null ? null : one.body.value) }}`;
    case 'sum':
    case 'nested':
      return `\${{ ${output} }}`;
  }
}
