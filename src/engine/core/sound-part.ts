import type { Issue } from './issue';
import { isJsonObject } from './json';
import type { JsonObject, JsonValue } from './json';
import { compileSchema } from './json-schema';
import type { SchemaCheck } from './json-schema';
import type { StepSpec, WorkflowSpec } from './workflow-spec';
import { MAX_STEPS, STEP_SCHEMA, WORKFLOW_SPEC_SCHEMA } from './workflow-spec.schema';

/** A specification in which null stands for each step whose form is wrong. */
export interface PartialSpec extends Omit<WorkflowSpec, 'steps' | 'on_failure'> {
  readonly steps: readonly (StepSpec | null)[];
  readonly on_failure?: readonly (StepSpec | null)[];
}

/** An id, and where its step is written. */
export interface PlacedId {
  readonly id: string;
  /** `steps[3]` */
  readonly path: string;
}

/** What can be judged of a document, whether or not the form of something in it is wrong. */
export interface SoundPart {
  readonly spec: PartialSpec;
  /** The ids of all steps, those that were left out too: others may need them. */
  readonly ids: { readonly steps: readonly PlacedId[]; readonly on_failure: readonly PlacedId[] };
}

const checkDocument = mustCompile(WORKFLOW_SPEC_SCHEMA);
const checkStep = mustCompile(STEP_SCHEMA);
const checkSettings = Object.entries(WORKFLOW_SPEC_SCHEMA['properties'] as JsonObject)
  .filter(([name]) => name !== 'steps' && name !== 'on_failure')
  .map(([name, schema]) => [name, mustCompile(schema)] as const);

/** What is wrong with the form of a workflow's specification. */
export function shapeIssues(document: JsonValue): Issue[] {
  return checkDocument(document);
}

/** All of a document whose form is right. */
export function wholeOf(document: JsonValue): SoundPart {
  const spec = document as unknown as WorkflowSpec;
  return {
    spec,
    ids: { steps: idsOf(spec.steps, 'steps'), on_failure: idsOf(spec.on_failure ?? [], 'on_failure') },
  };
}

/**
 * What is right of a document whose form is wrong somewhere.
 *
 * @returns null where the steps are no list or too many: without them nothing can be said of the rest
 */
export function soundPartOf(document: JsonValue): SoundPart | null {
  if (!isJsonObject(document)) return null;
  const steps = listOf(document['steps']);
  if (steps.length === 0) return null;
  const onFailure = listOf(document['on_failure']);
  const settings = checkSettings.flatMap(([name, check]) => {
    const value = document[name];
    return value !== undefined && check(value).length === 0 ? [[name, value] as const] : [];
  });
  return {
    spec: {
      ...Object.fromEntries(settings),
      steps: steps.map(soundOrNull),
      on_failure: onFailure.map(soundOrNull),
    },
    ids: { steps: idsOf(steps, 'steps'), on_failure: idsOf(onFailure, 'on_failure') },
  };
}

function soundOrNull(step: JsonValue): StepSpec | null {
  return checkStep(step).length === 0 ? (step as unknown as StepSpec) : null;
}

function listOf(steps: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(steps) && steps.length <= MAX_STEPS ? steps : [];
}

function idsOf(steps: readonly unknown[], at: string): PlacedId[] {
  return steps.flatMap((step, index) =>
    isJsonObject(step) && typeof step['id'] === 'string' ? [{ id: step['id'], path: `${at}[${index}]` }] : [],
  );
}

/** For a schema of our own: that it compiles is a matter of this program, not of any input. */
function mustCompile(schema: JsonValue): SchemaCheck {
  const compiled = compileSchema(schema);
  if (compiled.ok) return compiled.value;
  throw new Error(`The schema of workflows does not compile: ${JSON.stringify(compiled.error)}`);
}
