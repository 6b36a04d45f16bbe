import { AppError } from '../../../common/errors/app-error';
import type { JsonObject } from '../../../engine/core/json';
import type { UpstreamCatalog, UpstreamServers } from '../../mcp-server/upstream-servers';
import type { StoredComponent, StoredComponents } from '../../stored-components';
import type { ToolReference } from '../llm-prompt-config';
import type { CallableTool } from './callable-tool';
import { toolPin } from './tool-pin';

/** All tools together: providers take about so many, and a model that is offered more chooses badly. */
const MAX_TOOLS = 128;

const MAX_NAME_CHARS = 64;

/** What resolving reads from. */
export interface ToolSources {
  readonly components: StoredComponents;
  readonly upstreams: UpstreamServers;
  /** The versions that the run is pinned to, by {@link toolPin}; what is not among them is the latest. */
  readonly pins: Readonly<Record<string, string>>;
}

/**
 * Looks up what `tools` name. A tool of an MCP server has the description and the schema that the server gives it;
 * another component has its own.
 *
 * @throws AppError UNKNOWN_TOOL for what is not there or cannot be a tool; INVALID_REQUEST for names that clash; what
 *   asking an MCP server fails with
 */
export async function resolveTools(
  references: readonly ToolReference[],
  sources: ToolSources,
  signal: AbortSignal,
): Promise<CallableTool[]> {
  const found = await Promise.all(
    references.map((reference, index) => resolve(reference, `tools[${index}]`, sources, signal)),
  );
  const tools = found.flat();
  if (tools.length > MAX_TOOLS) {
    throw new AppError(
      'INVALID_REQUEST',
      `tools: they are ${tools.length} tools; ${MAX_TOOLS} are allowed: name those of a server that are needed`,
    );
  }
  const names = tools.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return tools;
  throw new AppError('INVALID_REQUEST', `tools: two of them are called "${twice}": give one another "name"`);
}

async function resolve(
  reference: ToolReference,
  at: string,
  { components, upstreams, pins }: ToolSources,
  signal: AbortSignal,
): Promise<CallableTool[]> {
  const { definitionId, version } = reference;
  const pinned = version === null ? pins[toolPin(definitionId)] : undefined;
  const component =
    pinned === undefined
      ? await components.find(definitionId, version)
      : await components.findVersion(pinned);
  signal.throwIfAborted();
  if (component === null) {
    const what = `component ${definitionId}${version === null ? '' : ` in version ${version}`}`;
    throw new AppError('UNKNOWN_TOOL', `${at}: there is no ${what}`);
  }
  if (component.mcpType === 'mcp_server') {
    const { versionId, config } = component;
    const catalog = await upstreams.catalog({ definitionId, versionId, config }, signal);
    return toolsOfServer(reference, at, component, catalog);
  }
  if (reference.tool !== null) {
    throw new AppError('UNKNOWN_TOOL', `${at}.tool: only an mcp_server has tools, not ${component.mcpType}`);
  }
  // One that calls another that calls the first would have no end, and its cost none either.
  if (component.mcpType === 'llm_prompt') {
    throw new AppError('UNKNOWN_TOOL', `${at}: an llm_prompt cannot be the tool of another`);
  }
  return [
    {
      name: reference.name ?? toolName(component.name),
      description: reference.description ?? component.description,
      inputSchema: reference.inputSchema ?? objectSchema(component.inputSchema),
      component,
      tool: null,
    },
  ];
}

function toolsOfServer(
  reference: ToolReference,
  at: string,
  component: StoredComponent,
  { tools, error }: UpstreamCatalog,
): CallableTool[] {
  // A server that cannot be reached now may have been before: then its last lists serve.
  if (error !== null && tools.length === 0) {
    throw new AppError(error.code, `${at}: ${error.message}`);
  }
  const wanted = reference.tool === null ? tools : tools.filter(({ name }) => name === reference.tool);
  if (reference.tool !== null && wanted.length === 0) {
    throw new AppError('UNKNOWN_TOOL', `${at}.tool: "${component.name}" has no tool "${reference.tool}"`);
  }
  return wanted.map(({ name, description, inputSchema }) => ({
    name: nameOfServerTool(reference, name),
    description: reference.description ?? description ?? '',
    inputSchema: reference.inputSchema ?? objectSchema(inputSchema as JsonObject),
    component,
    tool: name,
  }));
}

/** `name` is the one tool's, or stands before the names of all. */
function nameOfServerTool({ name, tool }: ToolReference, serversName: string): string {
  if (name === null) return toolName(serversName);
  return tool === null ? toolName(`${name}_${serversName}`) : name;
}

/** A name that every provider takes (see `TOOL_NAME`), as near to `text` as can be. */
function toolName(text: string): string {
  const allowed = text.replace(/[^A-Za-z0-9_-]/g, '_').replace(/^[^A-Za-z_]/, '_$&');
  return allowed.slice(0, MAX_NAME_CHARS);
}

/** Providers want a schema of an object; whoever takes anything takes any object. */
function objectSchema(schema: JsonObject | null): JsonObject {
  return schema?.type === 'object' ? schema : { type: 'object' };
}
