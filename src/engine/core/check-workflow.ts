import { compileContent } from './compile-workflow';
import { constantIssues } from './constant-issues';
import type { Issue } from './issue';
import type { JsonObject, JsonValue } from './json';
import { shapeIssues, soundPartOf, wholeOf } from './sound-part';

/** What there is to say of a workflow's specification by itself, before it is stored. */
export interface CheckedWorkflow {
  /** Everything that is wrong; empty when it could be stored. */
  readonly issues: Issue[];
  /** What can be held against that which it names: null stands for each step whose form is wrong. */
  readonly sound: JsonObject;
}

/**
 * Checks a workflow's specification as it is saved: its form, and the content of whatever is sound in its form. Beside what
 * keeps it from being compiled, what would certainly fail when it runs is refused.
 */
export function checkWorkflow(document: JsonValue): CheckedWorkflow {
  const shape = shapeIssues(document);
  const part = shape.length === 0 ? wholeOf(document) : soundPartOf(document);
  if (part === null) return { issues: shape, sound: { steps: [] } };
  const content = compileContent(part);
  return {
    issues: [...shape, ...content.issues, ...constantIssues(content)],
    sound: part.spec as unknown as JsonObject,
  };
}
