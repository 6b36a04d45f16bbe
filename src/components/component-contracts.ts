import { LRUCache } from 'lru-cache';

import { AppError } from '../common/errors/app-error';
import type { ErrorCode } from '../common/errors/error-codes';
import { type Issue, issuesText } from '../engine/core/issue';
import { compileSchema, type SchemaCheck } from '../engine/core/json-schema';
import type { JsonObject, JsonValue } from '../engine/core/json';
import type { PinnedComponent } from '../engine/ports';

/** Of one schema, as JSON in UTF-8: compiling takes time and memory in proportion, some ms for one as large. */
export const MAX_DATA_SCHEMA_BYTES = 64 * 1024;

/** Versions never change, so a compiled schema holds for ever; only memory bounds them. */
const KEPT_VERSIONS = 1_000;

/** Issues that a step's error names: more would hide the first. */
const NAMED_ISSUES = 5;

interface CompiledContract {
  /** Null: anything is taken. */
  readonly inputs: SchemaCheck | null;
  /** Null: anything is given. */
  readonly output: SchemaCheck | null;
}

/** Holds components to what their versions say that they take and give, each schema compiled once a version. */
export class ComponentContracts {
  private readonly compiled = new LRUCache<string, CompiledContract>({ max: KEPT_VERSIONS });

  /** What is wrong with the inputs of a call; paths begin with `inputs`. */
  inputIssues(component: PinnedComponent, inputs: JsonValue): Issue[] {
    return this.contractOf(component).inputs?.(inputs, 'inputs') ?? [];
  }

  /** @throws AppError INVALID_INPUT that names the places */
  checkInputs(component: PinnedComponent, inputs: JsonValue): void {
    refuse('INVALID_INPUT', this.inputIssues(component, inputs));
  }

  /** @throws AppError OUTPUT_INVALID that names the places; paths begin with `output` */
  checkOutput(component: PinnedComponent, output: JsonValue): void {
    refuse('OUTPUT_INVALID', this.contractOf(component).output?.(output, 'output') ?? []);
  }

  private contractOf({ versionId, inputSchema, outputSchema }: PinnedComponent): CompiledContract {
    const known = this.compiled.get(versionId);
    if (known !== undefined) return known;
    const contract = { inputs: checkOf(inputSchema), output: checkOf(outputSchema) };
    this.compiled.set(versionId, contract);
    return contract;
  }
}

/** What is wrong with a schema that a definition is to carry; empty when it can be enforced. */
export function dataSchemaIssues(schema: JsonObject | null, path: string): Issue[] {
  if (schema === null) return [];
  const bytes = Buffer.byteLength(JSON.stringify(schema));
  if (bytes > MAX_DATA_SCHEMA_BYTES) {
    const message = `must have at most ${MAX_DATA_SCHEMA_BYTES} bytes as JSON; it has ${bytes}`;
    return [{ path, message }];
  }
  const compiled = compileSchema(schema, path);
  return compiled.ok ? [] : compiled.error;
}

function checkOf(schema: JsonObject | null): SchemaCheck | null {
  if (schema === null) return null;
  const compiled = compileSchema(schema);
  if (compiled.ok) return compiled.value;
  throw new Error('A schema that was compiled when it was saved no longer compiles');
}

function refuse(code: ErrorCode, issues: readonly Issue[]): void {
  if (issues.length === 0) return;
  throw new AppError(code, issuesText(issues, NAMED_ISSUES), { details: { errors: issues } });
}
