import { definitionFilter, type ListedDefinitions } from '../common/versioning/definition-filter';
import type { DefinitionFilter } from '../common/versioning/versioned-definition.repository';
import type { McpType } from '../components/component-type';

/** Which components a list shows. */
export interface McpDefinitionFilter extends ListedDefinitions {
  readonly mcpType?: McpType | undefined;
}

/** The SQL of a filter; its values are never part of the text. */
export function toSqlFilter({ mcpType, ...listed }: McpDefinitionFilter): DefinitionFilter {
  return definitionFilter(listed).add(mcpType, (place) => `d.mcp_type = ${place}`);
}
