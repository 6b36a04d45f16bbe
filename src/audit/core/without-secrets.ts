import { isJsonObject, type JsonValue } from '../../engine/core/json';
import type { SecretRedactor } from '../../security/secret-redactor';
import type { AuditEvent } from './audit-event';
import { CUT } from './audited-arguments';

/** An event without the values of secrets, wherever somebody has written one into what he sent. */
export function withoutSecrets(event: AuditEvent, redactor: SecretRedactor): AuditEvent {
  return {
    ...event,
    tool: event.tool === null ? null : redactText(event.tool, redactor),
    arguments: redact(event.arguments, redactor),
  };
}

function redact(value: JsonValue, redactor: SecretRedactor): JsonValue {
  if (typeof value === 'string') return redactText(value, redactor);
  if (Array.isArray(value)) return value.map((item) => redact(item, redactor));
  if (!isJsonObject(value)) return redactor.json(value);
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [redactText(name, redactor), redact(member, redactor)]),
  );
}

/** Of a text that was cut, the end may be the beginning of a secret. */
function redactText(text: string, redactor: SecretRedactor): string {
  if (!text.endsWith(CUT)) return redactor.text(text);
  return redactor.growingText(text.slice(0, -CUT.length)) + CUT;
}
