import type { Issue } from '../engine/core/issue';
import type { JsonObject, JsonValue } from '../engine/core/json';
import type { StepContext } from '../engine/ports';
import type { Availability } from '../security/sandbox/sandbox';

/** The kinds of component that can be registered; the fixed names of the product's contract. */
export const MCP_TYPES = [
  'mcp_server',
  'http_request',
  'sql_query',
  'llm_prompt',
  'typescript_script',
  'python_script',
  'jupyter_notebook',
] as const;
export type McpType = (typeof MCP_TYPES)[number];

/** One call of one component. */
export interface ComponentCall {
  /** The stored configuration: it has passed `configSchema` and `checkConfig`. */
  readonly config: JsonObject;
  /** The version of the definition that the configuration is. */
  readonly versionId: string;
  /** The tool to call; only for `mcp_server`. */
  readonly tool: string | null;
  readonly inputs: JsonValue;
  /** The same for every attempt of a step (`run:step`), so that the far side can deduplicate. */
  readonly idempotencyKey: string;
  /**
   * Grows with each attempt under the same key. A far side that has seen a higher one can refuse a lower one: it comes
   * from a worker that was given up and does not know it yet.
   */
  readonly attempt: number;
  /** Milliseconds left to this attempt; the signal in the context fires when they are over. */
  readonly timeoutMs: number;
  /** The versions that the run was pinned to when it started, by step; those of a model's tools by `toolPin`. */
  readonly pins?: Readonly<Record<string, string>>;
}

/** What a test of a configuration found. */
export interface ProbeReport {
  /** Of the whole test, in milliseconds. */
  readonly latencyMs: number;
  /** What the far side says of itself, as it goes over the wire. */
  readonly facts: JsonObject;
}

/**
 * Everything the product knows of one type of component. A folder under `src/components/` holds one;
 * `component-types.ts` lists them.
 */
export interface ComponentType {
  readonly mcpType: McpType;
  /** One sentence for people who choose a type. */
  readonly summary: string;
  /** JSON Schema 2020-12 of the configuration, `type` included. */
  readonly configSchema: JsonObject;
  /** A configuration that works as it stands. */
  readonly example: JsonObject;
  /** Fields of the configuration that may not refer to secrets: code, and what is shown to others. None unless said. */
  readonly fieldsWithoutSecrets?: readonly string[];
  /** What the schema cannot say (a script's syntax, a template's references). Empty when all is well. */
  checkConfig(config: JsonObject): Issue[];
  /**
   * Whether a configuration executes code or commands on this machine, and so needs the scope `code`: the answer for
   * all of the type's, or a function where it depends on the configuration.
   */
  readonly executesCode: boolean | ((config: JsonObject) => boolean);
  /**
   * Whether the type can run on this machine; a type that does not say so can. Known once `prepare` has ended.
   * @param config of one component, where the answer depends on it
   */
  availability?(config?: JsonObject): Availability;
  /**
   * Runs the component once and gives its output, or throws an AppError whose code says why not.
   * It stops promptly when `context.signal` fires, and leaves no process, socket or timer behind.
   */
  run(call: ComponentCall, context: StepContext): Promise<JsonValue>;
  /**
   * Reaches what a configuration names, without doing anything there. A type that cannot be tested has none.
   * @throws AppError whose code and message say why it cannot be used
   */
  probe?(config: JsonObject, signal: AbortSignal): Promise<ProbeReport>;
  /** Loads what the first call would wait for (a compiler, a warm thread); called once, at boot. */
  prepare?(): Promise<void>;
  /** Frees what is kept between calls (pooled connections, warm workers). */
  close?(): Promise<void>;
}
