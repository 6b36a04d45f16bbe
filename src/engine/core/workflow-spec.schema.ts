import type { JsonObject } from './json';
import { BUILTINS, NEEDS_POLICIES, ON_CONFLICT, ON_ERROR, ON_ITEM_ERROR } from './workflow-spec';

/** Steps of one workflow. */
export const MAX_STEPS = 500;
/** Workflows below one another: those that a run starts, those that they start, and so on. */
export const MAX_NESTING = 5;
/** A step's id is a name in expressions: `steps.<id>`. Hyphens would read as minus. */
const STEP_ID = '^[A-Za-z_][A-Za-z0-9_]{0,63}$';
export const DAY_SECONDS = 86_400;

const retry: JsonObject = {
  type: 'object',
  description:
    'How a failed step is tried again: after initial_ms, then factor times longer each time, at most max_ms. ' +
    'jitter (default true) draws each delay between nothing and its full length.',
  required: ['max_attempts'],
  additionalProperties: false,
  properties: {
    max_attempts: {
      type: 'integer',
      minimum: 1,
      maximum: 100,
      description: 'Attempts in all, the first included.',
    },
    initial_ms: { type: 'integer', minimum: 0, maximum: DAY_SECONDS * 1000, default: 200 },
    factor: { type: 'number', minimum: 1, maximum: 100, default: 2 },
    max_ms: { type: 'integer', minimum: 0, maximum: DAY_SECONDS * 1000, default: 10_000 },
    jitter: { type: 'boolean', default: true },
    never_on: {
      type: 'array',
      maxItems: 50,
      items: { type: 'string', pattern: '^[A-Z][A-Z0-9_]{0,63}$' },
      description: 'Error codes after which the step is not tried again.',
    },
  },
};

const forEach: JsonObject = {
  type: 'object',
  description:
    "Does the step for each item of a list. Its inputs also see item and index; its output is the list of the items' outputs.",
  required: ['items'],
  additionalProperties: false,
  properties: {
    items: {
      type: 'string',
      minLength: 1,
      description: 'An expression (CEL) that gives a list of at most 10,000 items.',
    },
    max_parallel: {
      type: 'integer',
      minimum: 1,
      maximum: 100,
      default: 4,
      description: 'Items under way at once; they count among max_parallel_steps, too.',
    },
    on_item_error: {
      enum: [...ON_ITEM_ERROR],
      default: 'fail',
      description: 'skip: a failed item leaves null in its place. fail: it fails the step.',
    },
  },
};

const version: JsonObject = {
  type: 'string',
  pattern: '^(0|[1-9][0-9]{0,8})[.](0|[1-9][0-9]{0,8})[.](0|[1-9][0-9]{0,8})$',
  description: 'Default: the latest when the run starts.',
};

const uses: JsonObject = {
  description: 'What the step does: a component, another workflow, or one of the builtins.',
  type: 'object',
  oneOf: [
    {
      type: 'object',
      required: ['mcp_definition_id'],
      additionalProperties: false,
      properties: {
        mcp_definition_id: { type: 'string', format: 'uuid' },
        version,
        tool: {
          type: 'string',
          minLength: 1,
          maxLength: 256,
          description: 'Of an mcp_server: the tool to call.',
        },
      },
    },
    {
      type: 'object',
      required: ['workflow_definition_id'],
      additionalProperties: false,
      properties: {
        workflow_definition_id: {
          type: 'string',
          format: 'uuid',
          description:
            'Runs this workflow as a run of its own: inputs are its parameters, its result the output.',
        },
        version,
      },
    },
    {
      type: 'object',
      required: ['builtin'],
      additionalProperties: false,
      properties: {
        builtin: {
          enum: [...BUILTINS],
          description:
            'set: the output is the inputs. wait: inputs are {seconds} or {until}. fail: inputs are {message}. ' +
            'approval: holds until it is decided. signal: holds until the signal {name} (default: the id) is sent.',
        },
      },
    },
  ],
};

/** JSON Schema 2020-12 of one step. */
export const STEP_SCHEMA: JsonObject = {
  type: 'object',
  required: ['id', 'uses'],
  additionalProperties: false,
  properties: {
    id: { type: 'string', pattern: STEP_ID },
    uses,
    inputs: {
      description:
        'Any JSON. A string that is wholly one ${{ expression }} becomes its value; one with other text becomes text.',
    },
    needs: {
      type: 'array',
      maxItems: MAX_STEPS,
      items: { type: 'string', pattern: STEP_ID },
      description: 'Steps that must end first. A reference to steps.<id> makes a need by itself.',
    },
    needs_policy: { enum: [...NEEDS_POLICIES], default: 'all_succeeded' },
    when: {
      type: 'string',
      minLength: 1,
      description: 'An expression (CEL). The step is skipped where it is false.',
    },
    for_each: forEach,
    retry,
    timeout_seconds: {
      type: 'number',
      exclusiveMinimum: 0,
      maximum: 366 * DAY_SECONDS,
      description:
        'Of one attempt; in a for_each, of one item. At most a day, but for approval and signal (how long they hold) and ' +
        'for another workflow. Not for set, wait and fail.',
    },
    on_error: {
      enum: [...ON_ERROR],
      default: 'fail',
      description: 'continue: the failure of this step does not fail the run.',
    },
  },
};

/** JSON Schema 2020-12 of a workflow's specification: what a version holds. Also part of the OpenAPI document. */
export const WORKFLOW_SPEC_SCHEMA: JsonObject = {
  type: 'object',
  required: ['steps'],
  additionalProperties: false,
  properties: {
    parameters_schema: {
      type: ['object', 'boolean'],
      description: "JSON Schema 2020-12 of the run's parameters. Default: anything goes.",
    },
    timeout_seconds: {
      type: 'number',
      exclusiveMinimum: 0,
      maximum: 366 * DAY_SECONDS,
      description: 'Of the whole run, waits included.',
    },
    max_parallel_steps: { type: 'integer', minimum: 1, maximum: 100, default: 8 },
    concurrency: {
      type: 'object',
      description: 'How many runs of this workflow with the same key run at a time.',
      required: ['key'],
      additionalProperties: false,
      properties: {
        key: { type: 'string', minLength: 1, description: 'An expression (CEL) over params.' },
        max: { type: 'integer', minimum: 1, maximum: 1000, default: 1 },
        on_conflict: {
          enum: [...ON_CONFLICT],
          default: 'queue',
          description:
            'Of a run past max: queue: it begins when an older one has ended. cancel_running: the oldest is cancelled ' +
            'for it. reject: it is refused with 409.',
        },
      },
    },
    steps: { type: 'array', minItems: 1, maxItems: MAX_STEPS, items: STEP_SCHEMA },
    on_failure: {
      type: 'array',
      maxItems: MAX_STEPS,
      items: STEP_SCHEMA,
      description:
        'Steps that are done once the run has failed or its time was over; run.error is in scope. They do not change its end.',
    },
    result: {
      description:
        "The run's result, any JSON with expressions. Default: the outputs of the steps that no other needs.",
    },
  },
};
