import type { JsonObject, JsonValue } from '../../../src/engine/core/json';
import type { LogLevel, LogStream, ModelUsage } from '../../../src/engine/ports';
import type { ComponentType } from '../../../src/components/component-type';
import { PATIENCE_MS } from '../../support/eventually';

/** A line that a component wrote to its run's log. */
export interface LogLine {
  readonly stream: LogStream;
  readonly level: LogLevel;
  readonly message: string;
}

/** What a call may vary. */
export interface CallOptions {
  readonly inputs?: JsonValue;
  readonly tool?: string;
  readonly signal?: AbortSignal;
}

/** Calls a component type as the engine does, and keeps what it logs. */
export class ComponentHarness {
  readonly lines: LogLine[] = [];
  /** Every text that was shown while the component ran. */
  readonly previews: string[] = [];
  /** What the last call used of a model. */
  usage: ModelUsage | null = null;
  private readonly watchers = new Set<() => void>();

  constructor(private readonly type: ComponentType) {}

  /** Runs the component; `config.type` is filled in. */
  run(
    config: JsonObject,
    { inputs = {}, tool, signal = new AbortController().signal }: CallOptions = {},
  ): Promise<JsonValue> {
    return this.type.run(
      {
        config: { type: this.type.mcpType, ...config },
        versionId: 'version-1',
        tool: tool ?? null,
        inputs,
        idempotencyKey: 'run-1:step-1',
        attempt: 1,
        timeoutMs: PATIENCE_MS,
      },
      {
        signal,
        log: (stream, level, message) => {
          this.lines.push({ stream, level, message });
          for (const notify of this.watchers) notify();
        },
        preview: (text) => this.previews.push(text),
        use: (usage) => {
          this.usage = usage;
        },
      },
    );
  }

  /** Resolves with the first line, past or to come, that holds `text`. */
  async line(text: string): Promise<LogLine> {
    for (;;) {
      const found = this.lines.find(({ message }) => message.includes(text));
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        const notify = () => {
          this.watchers.delete(notify);
          resolve();
        };
        this.watchers.add(notify);
      });
    }
  }
}
