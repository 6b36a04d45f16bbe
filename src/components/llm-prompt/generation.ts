import type { FinishReason, JSONSchema7, TextStreamPart, ToolSet } from 'ai';
import { AppError } from '../../common/errors/app-error';
import type { JsonObject, JsonValue } from '../../engine/core/json';
import { MAX_OUTPUT_BYTES } from '../../engine/core/output-size';
import type { BoundedLog } from '../bounded-log';
import type { ConfiguredModel } from './language-model';
import type { Sampling } from './llm-prompt-config';
import { incompleteAnswer, type Provider, toModelFailure } from './model-failure';
import { addUsage, NO_TOKENS, type TokenUsage } from './token-usage';

/** Calls of tools that one answer of the model may have running at once. */
const TOOLS_AT_ONCE = 4;

/** What the model may call. */
export interface ModelTool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema. */
  readonly inputSchema: JsonObject;
  /** What it throws is told to the model. */
  call(inputs: JsonValue): Promise<JsonValue>;
}

/** What a model is asked. */
export interface GenerationRequest extends ConfiguredModel {
  readonly provider: Provider;
  readonly system: string | undefined;
  readonly prompt: string;
  readonly sampling: Sampling;
  readonly responseSchema: JsonObject | undefined;
  readonly tools: readonly ModelTool[];
  readonly maxTurns: number;
}

/** Where what happens meanwhile goes. */
export interface GenerationListener {
  readonly signal: AbortSignal;
  readonly log: BoundedLog;
  /** The text of the turn so far. */
  text(soFar: string): void;
  /** All turns so far. */
  used(usage: TokenUsage): void;
}

/** What came of it. */
export interface Generated {
  /** Of the last turn. */
  readonly text: string;
  readonly finishReason: string;
  readonly turns: number;
  readonly usage: TokenUsage;
  /** The model's own name for itself, as precise as the provider tells. */
  readonly model: string;
}

/**
 * Asks the model, calls the tools that it wants and asks again, until it has answered.
 *
 * @throws AppError as {@link toModelFailure} says; TURN_LIMIT, OUTPUT_TOO_LARGE; the signal's reason when it fires
 */
export async function generate(request: GenerationRequest, listener: GenerationListener): Promise<Generated> {
  // Loaded by the first prompt: it takes 30 MB that most installations need not have.
  const { isStepCount, jsonSchema, Output, streamText } = await import('ai');
  // The SDK would write the providers' warnings to standard error; they go into the step's log.
  globalThis.AI_SDK_LOG_WARNINGS = false;
  const { responseSchema } = request;
  const stop = new AbortController();
  const generation = new Generation(request, listener);
  try {
    const result = streamText({
      model: request.model,
      providerOptions: request.providerOptions,
      ...(request.system !== undefined && { instructions: request.system }),
      prompt: request.prompt,
      ...request.sampling,
      ...(request.tools.length > 0 && { tools: toolSet(request.tools, jsonSchema) }),
      // The answer is checked by our own validator, which knows JSON Schema 2020-12.
      ...(responseSchema !== undefined && {
        output: Output.object({ schema: jsonSchema(responseSchema as JSONSchema7), name: 'response' }),
      }),
      toolCallConcurrency: TOOLS_AT_ONCE,
      stopWhen: isStepCount(request.maxTurns),
      // Requests are sent again in `model-fetch.ts`, as the provider's answers say.
      maxRetries: 0,
      abortSignal: AbortSignal.any([listener.signal, stop.signal]),
      telemetry: { isEnabled: false },
      // Errors come as parts of the stream.
      onError: () => undefined,
    });
    for await (const part of result.stream) generation.take(part);
    listener.signal.throwIfAborted();
    return generation.end();
  } catch (error) {
    listener.signal.throwIfAborted();
    throw toModelFailure(request.provider, error);
  } finally {
    // Whoever leaves early leaves no connection behind.
    stop.abort();
  }
}

/** Gathers the parts of a stream. */
class Generation {
  private text = '';
  private turns = 0;
  private usage = NO_TOKENS;
  private model = '';
  private finishReason: FinishReason = 'interrupted';

  constructor(
    private readonly request: GenerationRequest,
    private readonly listener: GenerationListener,
  ) {}

  take(part: TextStreamPart<ToolSet>): void {
    if (part.type === 'error') throw part.error;
    if (part.type === 'start-step') {
      this.turns += 1;
      this.text = '';
      if (this.turns === 1) this.warn(part.warnings);
    } else if (part.type === 'text-delta') {
      this.write(part.text);
    } else if (part.type === 'finish-step') {
      this.finishReason = part.finishReason;
      this.model = part.response.modelId;
      this.usage = addUsage(this.usage, part.usage);
      this.listener.used(this.usage);
    }
  }

  /** @throws AppError when the stream did not end as a whole answer does */
  end(): Generated {
    const { provider, maxTurns } = this.request;
    const { text, turns, usage, model, finishReason } = this;
    if (finishReason === 'interrupted') throw incompleteAnswer(provider);
    if (finishReason === 'error') {
      throw new AppError('PROTOCOL_ERROR', `${provider.host} ended its answer with an error`);
    }
    if (finishReason === 'tool-calls') {
      throw new AppError('TURN_LIMIT', `The model wanted to call tools after max_turns (${maxTurns}) turns`);
    }
    return { text, turns, usage, model, finishReason: finishReason.replace('-', '_') };
  }

  private write(text: string): void {
    this.text += text;
    if (this.text.length > MAX_OUTPUT_BYTES) {
      throw new AppError('OUTPUT_TOO_LARGE', `The model wrote more than ${MAX_OUTPUT_BYTES} characters`);
    }
    this.listener.text(this.text);
  }

  private warn(warnings: readonly object[]): void {
    for (const warning of warnings) {
      const { feature, setting, message, details } = warning as Readonly<Record<string, string | undefined>>;
      const about = [feature ?? setting, details ?? message].filter((words) => words !== undefined);
      this.listener.log.write('system', 'warn', `The provider's client warns: ${about.join(': ')}`);
    }
  }
}

function toolSet(tools: readonly ModelTool[], jsonSchema: typeof import('ai').jsonSchema): ToolSet {
  const entries = tools.map((tool) => [
    tool.name,
    {
      description: tool.description,
      inputSchema: jsonSchema<JsonValue>(tool.inputSchema as JSONSchema7),
      execute: (inputs: JsonValue) => tool.call(inputs),
    },
  ]);
  return Object.fromEntries(entries) as ToolSet;
}
