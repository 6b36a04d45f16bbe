import type { Schema } from './openapi-document.mts';

/** Limits that only keep linters content are no news to a reader. */
const NO_LIMIT = 1_000_000;

/** The heading's anchor, as GitHub and most viewers make it. */
export function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\w -]/g, '')
    .replaceAll(' ', '-');
}

/** What a value may be, in words: `uuid`, `array of string`, or a link to a schema of the page. */
export function typeText(schema: Schema): string {
  const { $ref, enum: values, const: constant, items } = schema;
  if ($ref !== undefined) return schemaLink(nameOf($ref));
  if (constant !== undefined) return code(constant);
  if (values !== undefined) return values.map(code).join(', ');
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return [...new Set(choices.map(typeText))].join(' or ');
  if (schema.allOf?.length === 1) return typeText(schema.allOf[0] ?? {});
  const types = [schema.type ?? 'any'].flat();
  return types
    .map((type) => {
      if (type === 'array') return `array of ${items === undefined ? 'any' : typeText(items)}`;
      if (type !== 'string') return type;
      if (schema.format === 'date-time') return 'time';
      return schema.format ?? 'string';
    })
    .join(' or ');
}

/** What else is to be known of a value: its description, its default and its limits. */
export function detailText(schema: Schema): string {
  const { description, default: fallback } = schema;
  return [description, fallback === undefined ? undefined : `Default ${code(fallback)}`, limits(schema)]
    .filter((part) => part !== undefined && part !== '')
    .join('. ');
}

/** A schema's fields as a table; empty where it has none. */
export function fieldTable(schema: Schema): string {
  const fields = Object.entries(schema.properties ?? {});
  if (fields.length === 0) return '';
  const rows = fields.map(([name, field]) => {
    const required = schema.required?.includes(name) === true ? ' (required)' : '';
    return row([`\`${name}\`${required}`, typeText(field), detailText(field)]);
  });
  return ['| Field | Type | What it is |', '| --- | --- | --- |', ...rows].join('\n');
}

/** A line of a table. */
export function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
}

/** The name at the end of a `$ref`. */
export function nameOf(ref: string): string {
  return ref.slice(ref.lastIndexOf('/') + 1);
}

export function schemaLink(name: string): string {
  return `[${name}](#${anchor(name)})`;
}

function code(value: unknown): string {
  return `\`${typeof value === 'string' && value !== '' ? value : JSON.stringify(value)}\``;
}

function limits({ minimum, maximum, minLength, maxLength, format }: Schema): string {
  // A uuid and a time have the length of their format.
  if (format !== undefined && minimum === undefined) return '';
  return [range(minimum, maximum, ''), range(minLength, maxLength, ' characters')].filter(Boolean).join(', ');
}

function range(least: number | undefined, most: number | undefined, unit: string): string {
  const limit = most === undefined || most >= NO_LIMIT ? undefined : most;
  if (limit === undefined) return least === undefined || least <= 0 ? '' : `At least ${least}${unit}`;
  return least === undefined ? `At most ${limit}${unit}` : `${least} to ${limit}${unit}`;
}
