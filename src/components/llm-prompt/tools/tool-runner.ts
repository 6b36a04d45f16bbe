import { createHash } from 'node:crypto';
import { AppError } from '../../../common/errors/app-error';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../engine/core/json';
import { jsonBytes } from '../../../engine/core/output-size';
import type { ComponentUse, StepContext } from '../../../engine/ports';
import type { BoundedLog } from '../../bounded-log';
import type { CallableTool } from './callable-tool';

/** Calls of tools in one step: the model is told when they are used up. */
const MAX_CALLS = 100;

/** Of a result that the model is given: beyond, it would fill what the model can read. */
const MAX_RESULT_BYTES = 256 * 1024;

/** How much of what goes to and fro stands in the log. */
const LOGGED_CHARS = 1_000;

/** What calls of tools need of the step. */
export interface ToolRunnerOptions {
  readonly run: (use: ComponentUse, context: StepContext) => Promise<JsonValue>;
  readonly context: StepContext;
  readonly log: BoundedLog;
  /** The step's own. */
  readonly idempotencyKey: string;
  /** Of the step that the calls are part of. */
  readonly attempt: number;
  /** When the step must be over, epoch milliseconds. */
  readonly deadline: number;
}

/** Runs the components that a model calls, and keeps account of it. What fails is told to the model, which may do better. */
export class ToolRunner {
  private readonly records: JsonObject[] = [];
  private readonly repeats = new Map<string, number>();
  private defect: Error | null = null;

  constructor(private readonly options: ToolRunnerOptions) {}

  /** What was called, in the order of the beginnings, as it stands in the step's output. */
  get calls(): JsonObject[] {
    return this.records;
  }

  /** @throws what went wrong that is nobody's to mend but ours */
  throwIfDefect(): void {
    if (this.defect !== null) throw this.defect;
  }

  /** @throws Error with what the model is told */
  async call(tool: CallableTool, inputs: JsonValue): Promise<JsonValue> {
    if (this.records.length === MAX_CALLS) throw new Error(`At most ${MAX_CALLS} calls of tools are allowed`);
    const { log } = this.options;
    const record: JsonObject = { name: tool.name, status: 'failed', duration_ms: 0 };
    this.records.push(record);
    log.write('system', 'info', `The model calls ${tool.name} with ${shortened(inputs)}`);
    const began = performance.now();
    try {
      const result = resultOf(await this.run(tool, inputs));
      record.status = 'succeeded';
      log.write('system', 'info', `${tool.name} gave ${shortened(result)}`);
      return result;
    } catch (error) {
      throw this.toldToModel(tool, error);
    } finally {
      record.duration_ms = Math.round(performance.now() - began);
    }
  }

  private run(tool: CallableTool, inputs: JsonValue): Promise<JsonValue> {
    const { run, context, deadline, attempt } = this.options;
    const use = {
      component: tool.component,
      tool: tool.tool,
      inputs,
      idempotencyKey: this.keyOf(tool, inputs),
      attempt,
      timeoutMs: Math.max(deadline - Date.now(), 1),
    };
    // What a tool shows or uses is not the model's.
    return run(use, { ...context, preview: () => undefined, use: () => undefined });
  }

  private toldToModel(tool: CallableTool, error: unknown): Error {
    this.options.context.signal.throwIfAborted();
    if (!(error instanceof AppError)) {
      this.defect ??= error instanceof Error ? error : new Error(String(error));
      return new Error(`${tool.name} failed unexpectedly`);
    }
    this.options.log.write('system', 'warn', `${tool.name} failed: ${error.code}: ${error.message}`);
    return new Error(`${error.code}: ${error.message}`);
  }

  /**
   * The same for a repeated attempt of the step that makes the same call again, and another for any other call: a model
   * may well choose otherwise the second time.
   */
  private keyOf({ component, tool }: CallableTool, inputs: JsonValue): string {
    const what = JSON.stringify([component.versionId, tool, inputs]);
    const nth = this.repeats.get(what) ?? 0;
    this.repeats.set(what, nth + 1);
    const digest = createHash('sha256').update(what).digest('hex').slice(0, 32);
    return `${this.options.idempotencyKey}:${digest}:${nth}`;
  }
}

/** What the model is given of an output. Of an MCP server's: its structured content, else its text. */
function resultOf(output: JsonValue): JsonValue {
  const result = isJsonObject(output) && 'structured_content' in output ? ofServer(output) : output;
  const bytes = jsonBytes(result);
  if (bytes <= MAX_RESULT_BYTES) return result;
  throw new AppError(
    'OUTPUT_TOO_LARGE',
    `the result has ${bytes} bytes; ${MAX_RESULT_BYTES} can be given to a model. Ask for less.`,
  );
}

function ofServer({ structured_content: structured = null, content = [] }: JsonObject): JsonValue {
  if (structured !== null || !Array.isArray(content)) return structured;
  const texts = content.map((block) => {
    if (!isJsonObject(block)) return '';
    return typeof block.text === 'string' ? block.text : `(${JSON.stringify(block.type)})`;
  });
  return texts.join('\n');
}

function shortened(value: JsonValue): string {
  const text = JSON.stringify(value);
  return text.length > LOGGED_CHARS ? `${text.slice(0, LOGGED_CHARS)}… (${text.length} characters)` : text;
}
