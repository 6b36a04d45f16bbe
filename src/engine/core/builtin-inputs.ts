import type { Issue } from './issue';
import { isJsonObject } from './json';
import type { JsonObject, JsonValue } from './json';
import { memberPath } from './member-path';
import { fail, ok } from './result';
import type { Result } from './result';
import { suggest } from './suggest';
import { formOf, mayBeAny } from './template-scanner';
import type { Builtin } from './workflow-spec';

/** RFC 3339, with the offset that makes it one moment: `2026-01-31T09:30:00Z`. */
const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;
/** 9999-12-31T23:59:59.999Z: PostgreSQL and RFC 3339 agree on years of four digits. */
const MAX_TIME = 253_402_300_799_999;
/** A fixed bound: what is accepted when a workflow is saved is accepted whenever it runs. */
const MAX_WAIT_SECONDS = 100 * 365.25 * 86_400;

const SIGNAL_NAME = /^[A-Za-z0-9_-]{1,64}$/;

/** A message that says which member of the inputs is wrong. */
interface InputFault {
  /** The member, or null for the inputs themselves. */
  readonly member: string | null;
  readonly message: string;
}

/** How inputs are looked at: as the values that a step begins with, or as the template of them that is saved. */
interface View {
  /** Whether a value may turn out to be of any type. */
  readonly mayBeAny: (value: JsonValue) => boolean;
  /** Whether the text itself is not known yet. */
  readonly isOpenText: (value: JsonValue) => boolean;
}

const AS_VALUES: View = { mayBeAny: () => false, isOpenText: () => false };
const AS_TEMPLATE: View = {
  mayBeAny,
  isOpenText: (value) => typeof value === 'string' && formOf(value) !== 'constant',
};

/**
 * What a builtin certainly refuses of its inputs, by the rules that it has for them when its step begins: what
 * `${{ expressions }}` give is looked at then.
 *
 * @param at the path of the inputs
 */
export function builtinInputIssues(builtin: Builtin, inputs: JsonValue, at: string): Issue[] {
  if (mayBeAny(inputs) && builtin !== 'signal') return [];
  const fault = FAULTS[builtin](inputs, AS_TEMPLATE);
  if (fault === null) return [];
  return [{ path: fault.member === null ? at : memberPath(at, fault.member), message: fault.message }];
}

/**
 * When a `wait` is over.
 *
 * @param inputs the rendered inputs: `{seconds}` or `{until}`
 * @returns epoch milliseconds, not before `now`; or what is wrong with the inputs
 */
export function waitUntil(inputs: JsonValue, now: number): Result<number, string> {
  const fault = waitFault(inputs, AS_VALUES);
  if (fault !== null) return fail(describe(fault));
  const { seconds, until } = inputs as JsonObject;
  const time = typeof seconds === 'number' ? now + Math.round(seconds * 1000) : Date.parse(until as string);
  return ok(Math.max(now, time));
}

/** The message of a `fail`, or what is wrong with its inputs. */
export function failureMessage(inputs: JsonValue): Result<string, string> {
  const fault = failFault(inputs);
  return fault === null ? ok((inputs as JsonObject)['message'] as string) : fail(describe(fault));
}

const FAULTS: Readonly<Record<Builtin, (inputs: JsonValue, view: View) => InputFault | null>> = {
  set: () => null,
  wait: waitFault,
  fail: failFault,
  // Any JSON that helps who decides.
  approval: () => null,
  signal: signalFault,
};

function describe({ member, message }: InputFault): string {
  return `inputs${member === null ? '' : `.${member}`} ${message}`;
}

function waitFault(inputs: JsonValue, view: View): InputFault | null {
  const unknown = unknownMember(inputs, ['seconds', 'until']);
  if (unknown !== null) return unknown;
  const { seconds, until } = inputs as JsonObject;
  if ((seconds === undefined) === (until === undefined)) {
    return { member: null, message: 'must have exactly one of: seconds, until' };
  }
  if (seconds !== undefined && !view.mayBeAny(seconds) && !isDelay(seconds)) {
    return { member: 'seconds', message: `must be a number from 0 to ${MAX_WAIT_SECONDS} (a hundred years)` };
  }
  if (until !== undefined && !view.isOpenText(until) && !isTime(until)) {
    const message = 'must be a time as in RFC 3339, such as "2026-01-31T09:30:00Z", not after the year 9999';
    return { member: 'until', message };
  }
  return null;
}

function failFault(inputs: JsonValue): InputFault | null {
  const unknown = unknownMember(inputs, ['message']);
  if (unknown !== null) return unknown;
  if (typeof (inputs as JsonObject)['message'] === 'string') return null;
  return { member: 'message', message: 'must be a string' };
}

/** The name is part of an address, and known before the run begins: it cannot be computed. */
function signalFault(inputs: JsonValue): InputFault | null {
  const unknown = unknownMember(inputs, ['name']);
  if (unknown !== null) return unknown;
  const { name } = inputs as JsonObject;
  if (name === undefined || (typeof name === 'string' && SIGNAL_NAME.test(name))) return null;
  return { member: 'name', message: 'must be letters, digits, "_" and "-", 64 at most, and not computed' };
}

function unknownMember(inputs: JsonValue, known: readonly string[]): InputFault | null {
  if (!isJsonObject(inputs)) return { member: null, message: `must be an object with: ${known.join(', ')}` };
  const unknown = Object.keys(inputs).find((member) => !known.includes(member));
  return unknown === undefined
    ? null
    : { member: unknown, message: `is not known${suggest(unknown, known)}` };
}

function isDelay(value: JsonValue): boolean {
  return typeof value === 'number' && value >= 0 && value <= MAX_WAIT_SECONDS;
}

function isTime(value: JsonValue): boolean {
  return typeof value === 'string' && RFC_3339.test(value) && Date.parse(value) <= MAX_TIME;
}
