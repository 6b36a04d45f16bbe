import type { LogLevel, LogStream, StepContext } from '../../engine/ports';
import type { SecretRedactor } from '../../security/secret-redactor';
import { LineRedactor } from './line-redactor';

/** A context for a component that knows secrets. */
export interface RedactingContext extends StepContext {
  /** Tells what was still held back; once, when the component has ended. */
  end(): void;
}

/** The same context, for a component that knows secrets: what it tells while it runs is told without them. */
export function redacting(context: StepContext, redactor: SecretRedactor): RedactingContext {
  const lines = new LineRedactor<{ readonly stream: LogStream; readonly level: LogLevel }>(
    redactor,
    ({ stream, level }, text) => {
      context.log(stream, level, text);
    },
  );
  return {
    signal: context.signal,
    log: (stream, level, message) => {
      lines.write({ stream, level }, message);
    },
    preview: (textSoFar) => {
      context.preview(redactor.growingText(textSoFar));
    },
    use: (usage) => {
      context.use(usage);
    },
    end: () => {
      lines.end();
    },
  };
}
