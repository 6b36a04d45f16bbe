import { LRUCache } from 'lru-cache';

import type { Issue } from '../engine/core/issue';
import type { JsonValue } from '../engine/core/json';
import { compileSchema, type SchemaCheck } from '../engine/core/json-schema';

/** Compiled schemas that are kept; compiling one takes about a millisecond. */
const KEPT = 2_000;

/**
 * Checks values by the schemas of tools. With the engine's checker, whose patterns cannot hang: servers that nobody here
 * wrote choose these schemas. One that cannot be compiled checks nothing, as a client would have it.
 */
export class SchemaChecks {
  /** By identity: views keep their tools as long as nothing changes. */
  private readonly compiled = new LRUCache<object, SchemaCheck>({ max: KEPT });

  issues(schema: object, value: unknown, at: string): readonly Issue[] {
    let check = this.compiled.get(schema);
    if (check === undefined) {
      const made = compileSchema(schema as JsonValue);
      check = made.ok ? made.value : () => [];
      this.compiled.set(schema, check);
    }
    return check(value as JsonValue, at);
  }
}
