import { readLabelFilter } from '../labels/label-filter';

/** Collects the conditions of a list's filter; values are never part of the text. */
export class SqlFilter {
  readonly conditions: string[] = [];
  readonly values: unknown[] = [];

  /**
   * Adds a condition on `value`, unless the value is left out.
   *
   * @param condition SQL that is given the value's place (`$1`), as often as it needs it
   */
  add(value: unknown, condition: (place: string) => string): this {
    if (value === undefined) return this;
    this.values.push(value);
    this.conditions.push(condition(`$${this.values.length}`));
    return this;
  }

  /**
   * Adds that a column of labels has the one that is looked for.
   *
   * @param text `name=value`, or a name alone for any value
   */
  addLabel(text: string | undefined, column: string): this {
    if (text === undefined) return this;
    const { name, value } = readLabelFilter(text);
    return value === null
      ? this.add(name, (place) => `${column} ? ${place}`)
      : this.add(JSON.stringify({ [name]: value }), (place) => `${column} @> ${place}::jsonb`);
  }
}
