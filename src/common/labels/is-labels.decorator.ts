import { ValidateBy } from 'class-validator';

import { isJsonObject } from '../../engine/core/json';

/** Names and values that people give to definitions and runs, to find them by. */
export type Labels = Record<string, string>;

const MAX_LABELS = 50;
/** Starts and ends with a letter or digit, as Kubernetes has it, so that labels can be carried over. */
const LABEL_NAME = /^[a-z0-9]([a-z0-9._/-]{0,61}[a-z0-9])?$/i;
const MAX_VALUE_LENGTH = 255;
/** PostgreSQL takes neither U+0000 nor halves of surrogate pairs, and control characters serve nobody in a name. */
const ODD_CHARACTER = /[\p{Cc}\p{Cs}]/u;

/** Refuses a field that is no {@link Labels}. */
export function IsLabels(): PropertyDecorator {
  return ValidateBy({
    name: 'isLabels',
    validator: {
      validate: (value) => faultOf(value) === null,
      defaultMessage: (args) => faultOf(args?.value) ?? '',
    },
  });
}

function faultOf(value: unknown): string | null {
  if (!isJsonObject(value)) return 'must be an object of labels, each a text';
  const labels = Object.entries(value);
  if (labels.length > MAX_LABELS) return `must have at most ${MAX_LABELS} labels`;
  for (const [name, text] of labels) {
    if (!LABEL_NAME.test(name)) {
      return `has the name ${JSON.stringify(name.slice(0, 80))}; allowed: 1 to 63 letters, digits, '.', '_', '-' or '/', a letter or digit first and last`;
    }
    if (typeof text !== 'string' || text.length > MAX_VALUE_LENGTH || ODD_CHARACTER.test(text)) {
      return `has a value for ${name} that is not allowed; allowed: texts of at most ${MAX_VALUE_LENGTH} characters without control characters or halves of surrogate pairs`;
    }
  }
  return null;
}
