import type { StepContext } from '../../engine/ports';
import type { SecretRedactor } from '../../security/secret-redactor';

/** The same context, for a component that knows secrets: what it tells while it runs is told without them. */
export function redacting(context: StepContext, redactor: SecretRedactor): StepContext {
  return {
    signal: context.signal,
    log: (stream, level, message) => {
      context.log(stream, level, redactor.text(message));
    },
    preview: (textSoFar) => {
      context.preview(redactor.growingText(textSoFar));
    },
    use: (usage) => {
      context.use(usage);
    },
  };
}
