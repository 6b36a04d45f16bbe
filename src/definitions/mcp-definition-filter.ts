import { containsPattern } from '../common/pagination/contains-pattern';
import { nameOrDescriptionContains } from '../common/versioning/search-condition';
import type { DefinitionFilter } from '../common/versioning/versioned-definition.repository';
import type { McpType } from '../components/component-type';

/** Which components a list shows. */
export interface McpDefinitionFilter {
  readonly mcpType?: McpType | undefined;
  /** Part of the name or the description, in any case. */
  readonly search?: string | undefined;
}

/** The SQL of a filter; its values are never part of the text. */
export function toSqlFilter({ mcpType, search }: McpDefinitionFilter): DefinitionFilter {
  const conditions: string[] = [];
  const values: unknown[] = [];
  if (mcpType !== undefined) {
    values.push(mcpType);
    conditions.push(`d.mcp_type = $${values.length}`);
  }
  if (search !== undefined) {
    values.push(containsPattern(search));
    conditions.push(nameOrDescriptionContains(values.length));
  }
  return { conditions, values };
}
