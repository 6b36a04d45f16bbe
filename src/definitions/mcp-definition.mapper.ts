import type { VersionRecord } from '../common/versioning/definition-records';
import { Json } from '../common/wire/json';
import type { ComponentType } from '../components/component-type';
import type {
  McpDefinitionDetailResponse,
  McpDefinitionResponse,
  McpVersionResponse,
} from './dto/mcp-definition.response';
import type { CodeExecution, McpTypeResponse } from './dto/mcp-type.response';
import { readMcpDocument } from './mcp-document';
import type { McpDefinitionRecord } from './mcp-definition.repository';

export function toMcpDefinitionResponse(definition: McpDefinitionRecord): McpDefinitionResponse {
  return {
    id: definition.id,
    name: definition.name,
    description: definition.description,
    mcpType: definition.mcpType,
    labels: new Json(definition.labels),
    revision: definition.revision,
    createdAt: definition.createdAt,
    updatedAt: definition.updatedAt,
    latestVersion: toMcpVersionResponse(definition.latest),
  };
}

export function toMcpDefinitionDetailResponse(
  definition: McpDefinitionRecord,
  versions: readonly VersionRecord[],
): McpDefinitionDetailResponse {
  return Object.assign(toMcpDefinitionResponse(definition), { versions: versions.map(toMcpVersionResponse) });
}

export function toMcpVersionResponse(version: VersionRecord): McpVersionResponse {
  const {
    config,
    input_schema: inputSchema,
    output_schema: outputSchema,
  } = readMcpDocument(version.document);
  return {
    id: version.id,
    version: version.version,
    config: new Json(config),
    inputSchema: new Json(inputSchema),
    outputSchema: new Json(outputSchema),
    isLatest: version.isLatest,
    createdAt: version.createdAt,
  };
}

const ALWAYS_AVAILABLE = { available: true, reason: null };

export function toMcpTypeResponse(type: ComponentType): McpTypeResponse {
  return {
    type: type.mcpType,
    summary: type.summary,
    executesCode: codeExecutionOf(type),
    ...(type.availability?.() ?? ALWAYS_AVAILABLE),
    configSchema: new Json(type.configSchema),
    example: new Json(type.example),
  };
}

function codeExecutionOf({ executesCode }: ComponentType): CodeExecution {
  if (typeof executesCode === 'function') return 'by_configuration';
  return executesCode ? 'always' : 'never';
}
