import { containsPattern } from '../pagination/contains-pattern';
import { SqlFilter } from '../pagination/sql-filter';

/** Which definitions a list shows; all conditions must hold. */
export interface ListedDefinitions {
  /** Part of the name or the description, in any case. */
  readonly search?: string | undefined;
  /** `name=value`, or a label's name alone. */
  readonly label?: string | undefined;
  /** ISO 8601. */
  readonly createdAfter?: string | undefined;
  /** ISO 8601. */
  readonly createdBefore?: string | undefined;
}

/** The filter of a list as conditions on the alias `d`. */
export function definitionFilter({
  search,
  label,
  createdAfter,
  createdBefore,
}: ListedDefinitions): SqlFilter {
  const pattern = search === undefined ? undefined : containsPattern(search);
  return new SqlFilter()
    .add(pattern, (place) => `(d.name ILIKE ${place} OR d.description ILIKE ${place})`)
    .addLabel(label, 'd.labels')
    .add(createdAfter, (place) => `d.created_at > ${place}::timestamptz`)
    .add(createdBefore, (place) => `d.created_at < ${place}::timestamptz`);
}
