import type { Issue } from '../engine/core/issue';
import type { JsonObject, JsonValue } from '../engine/core/json';
import { compileSchema } from '../engine/core/json-schema';
import { fail, ok, type Result } from '../engine/core/result';
import { SEMANTIC_VERSION_PATTERN } from '../common/versioning/semantic-version';
import { isUuid } from '../common/wire/is-uuid';
import type { ToolsetMember } from './toolset';

/** Far more than any client can make use of. */
const MAX_MEMBERS = 500;

const VERSION = { type: 'string', pattern: SEMANTIC_VERSION_PATTERN.source };

/** A member as callers write it: of a component, or of a workflow. */
const MEMBER_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  properties: {
    mcp_definition_id: { type: 'string', format: 'uuid' },
    workflow_definition_id: { type: 'string', format: 'uuid' },
    version: { ...VERSION, description: 'The latest of the moment when left out' },
    prefix: {
      type: 'string',
      pattern: '^[A-Za-z0-9_-]{0,40}$',
      description:
        "Of an mcp_server: what stands before its tools' names instead of `<definition>__`; empty: nothing",
    },
  },
} as const;

/** `members` in the OpenAPI document, and what is checked. */
export const MEMBERS_SCHEMA = {
  type: 'array',
  maxItems: MAX_MEMBERS,
  items: MEMBER_SCHEMA,
} as const;

const compiled = compileSchema(MEMBERS_SCHEMA, 'members');
if (!compiled.ok) throw new Error('The schema of members is one');
const checkSchema = compiled.value;

/** Reads the members that a caller wrote; all that is wrong with them at once. */
export function readMembers(value: JsonValue): Result<readonly ToolsetMember[], Issue[]> {
  const issues = checkSchema(value, 'members');
  if (issues.length > 0) return fail(issues);
  const members = (value as JsonObject[]).map(readMember);
  const faults = members.flatMap((member, index) => {
    const message = faultOf(member, members.slice(0, index));
    return message === null ? [] : [{ path: `members[${index}]`, message }];
  });
  return faults.length > 0 ? fail(faults) : ok(members.filter((member) => member !== null));
}

/** Null: it names no definition, or two. */
function readMember(written: JsonObject): ToolsetMember | null {
  const component = textOrNull(written.mcp_definition_id);
  const workflow = textOrNull(written.workflow_definition_id);
  const definitionId = component ?? workflow;
  if (definitionId === null || (component !== null && workflow !== null)) return null;
  return {
    kind: component === null ? 'workflow_definition' : 'mcp_definition',
    definitionId: definitionId.toLowerCase(),
    version: textOrNull(written.version),
    prefix: textOrNull(written.prefix),
  };
}

function faultOf(member: ToolsetMember | null, earlier: readonly (ToolsetMember | null)[]): string | null {
  if (member === null) return 'must name either mcp_definition_id or workflow_definition_id';
  // JSON Schema's `uuid` also takes `urn:uuid:`.
  if (!isUuid(member.definitionId)) return `${member.kind}_id: must be a UUID`;
  if (member.kind === 'workflow_definition' && member.prefix !== null) {
    return 'prefix: is only for an mcp_definition_id';
  }
  if (earlier.some((other) => other?.definitionId === member.definitionId)) {
    return `${member.kind}_id: is among the members already`;
  }
  return null;
}

/** A member as answers show it. */
export function writeMember({ kind, definitionId, version, prefix }: ToolsetMember): JsonObject {
  return {
    [`${kind}_id`]: definitionId,
    ...(version !== null && { version }),
    ...(prefix !== null && { prefix }),
  };
}

function textOrNull(value: JsonValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}
