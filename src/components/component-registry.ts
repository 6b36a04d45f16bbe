import { AppError } from '../common/errors/app-error';
import { exceedsDepth } from '../common/wire/exceeds-depth';
import type { Issue } from '../engine/core/issue';
import { compileSchema, type SchemaCheck } from '../engine/core/json-schema';
import type { JsonObject, JsonValue } from '../engine/core/json';
import { MAX_OUTPUT_DEPTH, TOO_DEEP } from '../engine/core/output-size';
import type { ComponentRunner, ComponentUse, PinnedComponent, StepContext } from '../engine/ports';
import { ComponentContracts } from './component-contracts';
import type { ComponentType, ProbeReport } from './component-type';
import { type ConfigSecrets, WITHOUT_SECRETS } from './secrets/config-secrets';
import { redacting } from './secrets/redacting';
import { replaceSecrets, secretReferences } from './secrets/secret-references';

/** Stands for a secret whose value is not known, wherever one may stand: it is text, and an address as a whole. */
const SOME_SECRET = 'http://secret.invalid';

interface Entry {
  readonly type: ComponentType;
  readonly checkSchema: SchemaCheck;
}

/** The component types by name: checks configurations, and runs components for the engine. */
export class ComponentRegistry implements ComponentRunner {
  private readonly entries: ReadonlyMap<string, Entry>;
  private readonly contracts = new ComponentContracts();

  constructor(
    types: readonly ComponentType[],
    private readonly secrets: ConfigSecrets = WITHOUT_SECRETS,
  ) {
    this.entries = new Map(types.map((type) => [type.mcpType, { type, checkSchema: schemaCheckOf(type) }]));
  }

  /** The types, in the order of the one list. */
  get types(): ComponentType[] {
    return [...this.entries.values()].map(({ type }) => type);
  }

  /** The type of that name, or null. */
  find(mcpType: string): ComponentType | null {
    return this.entries.get(mcpType)?.type ?? null;
  }

  /** What is wrong with a configuration; its `type` says what it is of. Empty when all is well. */
  checkConfig(config: JsonObject): Issue[] {
    const entry = typeof config.type === 'string' ? this.entries.get(config.type) : undefined;
    if (entry === undefined) {
      return [{ path: 'type', message: `must be one of ${[...this.entries.keys()].join(', ')}` }];
    }
    const issues = entry.checkSchema(config);
    if (issues.length > 0) return issues;
    const { available = true, reason = '' } = entry.type.availability?.(config) ?? {};
    if (!available) return [{ path: 'type', message: `cannot run on this server: ${String(reason)}` }];
    // The type's own check relies on the schema, and no type knows of secrets.
    return [
      ...misplacedSecrets(config, entry.type.fieldsWithoutSecrets ?? []),
      ...entry.type.checkConfig(replaceSecrets(config, () => SOME_SECRET)),
    ];
  }

  /** Whether a configuration that passed {@link checkConfig} runs code or commands here (scope `code`). */
  executesCode(config: JsonObject): boolean {
    const executes = typeof config.type === 'string' && this.find(config.type)?.executesCode;
    return typeof executes === 'function' ? executes(config) : executes === true;
  }

  /** What is wrong with inputs, by the version's `input_schema`; paths begin with `inputs`. */
  inputIssues(component: PinnedComponent, inputs: JsonValue): Issue[] {
    return this.contracts.inputIssues(component, inputs);
  }

  /** @throws AppError with the step's failure code */
  async run(call: ComponentUse, context: StepContext): Promise<JsonValue> {
    context.signal.throwIfAborted();
    const { versionId, mcpType, config } = call.component;
    const type = this.find(mcpType);
    if (type === null) throw new AppError('INVALID_REQUEST', `There is no component type "${mcpType}"`);
    const { tool, inputs, idempotencyKey, attempt, timeoutMs, pins = {} } = call;
    this.contracts.checkInputs(call.component, inputs);
    const opened = await this.secrets.open(config);
    const { redactor } = opened;
    const told = redacting(context, redactor);
    try {
      const given = await type.run(
        { config: opened.config, versionId, tool, inputs, idempotencyKey, attempt, timeoutMs, pins },
        told,
      );
      // Whoever walks through it from here on does so by calls that call themselves.
      if (exceedsDepth(given, MAX_OUTPUT_DEPTH)) throw new AppError(TOO_DEEP.code, TOO_DEEP.message);
      const output = redactor.json(given);
      this.contracts.checkOutput(call.component, output);
      return output;
    } catch (error) {
      throw redactor.error(error);
    } finally {
      told.end();
    }
  }

  /**
   * Tests a configuration that passed {@link checkConfig}.
   * @throws AppError UNPROCESSABLE for a type that cannot be tested, else the code that says what is wrong
   */
  async probe(config: JsonObject, signal: AbortSignal): Promise<ProbeReport> {
    const mcpType = typeof config.type === 'string' ? config.type : '';
    const type = this.find(mcpType);
    if (type?.probe === undefined) {
      throw new AppError('UNPROCESSABLE', `A component of the type "${mcpType}" cannot be tested`);
    }
    const opened = await this.secrets.open(config);
    try {
      const { latencyMs, facts } = await type.probe(opened.config, signal);
      return { latencyMs, facts: opened.redactor.json(facts) as JsonObject };
    } catch (error) {
      throw opened.redactor.error(error);
    }
  }

  /** Loads what the first calls would wait for; once, at boot. */
  async prepare(): Promise<void> {
    await Promise.all(this.types.map((type) => Promise.resolve(type.prepare?.())));
  }

  /** Ends what is kept between calls: connections, processes, threads. */
  async close(): Promise<void> {
    await Promise.all(this.types.map((type) => Promise.resolve(type.close?.())));
  }
}

function misplacedSecrets(config: JsonObject, fields: readonly string[]): Issue[] {
  return secretReferences(config)
    .filter(({ path }) => fields.some((field) => path.split(/[.[]/, 1)[0] === field))
    .map(({ path }) => ({
      path,
      message: 'cannot refer to secrets: what stands here is run, or shown to others',
    }));
}

function schemaCheckOf(type: ComponentType): SchemaCheck {
  const compiled = compileSchema(type.configSchema);
  if (compiled.ok) return compiled.value;
  throw new Error(
    `configSchema of ${type.mcpType}: ${compiled.error.map(({ message }) => message).join('; ')}`,
  );
}
