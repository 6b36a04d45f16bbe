import type { Prompt, Resource, ResourceTemplateType, Tool } from '@modelcontextprotocol/server';

import type { JsonObject } from '../../engine/core/json';
import { admits } from './name-rules';
import { promptArguments } from './prompt-arguments';
import { assignNames, type Named } from './public-names';
import type {
  Catalogue,
  Catalogues,
  RegisteredComponent,
  RegisteredWorkflow,
  Registry,
  Selection,
} from './registry';
import { assignAddressPrefixes, publicAddress } from './resource-addresses';
import { select, type Source, type UpstreamSource } from './select-sources';

/** Where a call of a tool goes. */
export type ToolRoute =
  | { readonly kind: 'upstream'; readonly server: PublicServer; readonly tool: string }
  | { readonly kind: 'component'; readonly component: RegisteredComponent }
  | { readonly kind: 'workflow'; readonly workflow: RegisteredWorkflow };

/** A tool as clients see it, and where its calls go. */
export interface PublicTool {
  readonly tool: Tool;
  readonly route: ToolRoute;
}

/** Where a prompt comes from: a server, or the templates of an `llm_prompt`. */
export type PromptRoute =
  | { readonly kind: 'upstream'; readonly server: PublicServer; readonly prompt: string }
  | { readonly kind: 'template'; readonly component: RegisteredComponent };

export interface PublicPrompt {
  readonly prompt: Prompt;
  readonly route: PromptRoute;
}

/** A server behind the endpoint, and what stands before the addresses of its resources; empty: nothing. */
export interface PublicServer {
  readonly component: RegisteredComponent;
  readonly addressPrefix: string;
}

/** All that clients see at one address, with the way to each thing. */
export interface View {
  readonly tools: ReadonlyMap<string, PublicTool>;
  readonly prompts: ReadonlyMap<string, PublicPrompt>;
  readonly resources: readonly Resource[];
  readonly resourceTemplates: readonly ResourceTemplateType[];
  readonly servers: readonly PublicServer[];
}

/** What stands in `_meta` of a tool of ours: which definition, at which version, answers it. */
const DEFINITION_META = 'mcp-backend/definition_id';
const VERSION_META = 'mcp-backend/version';

const EMPTY: Catalogue = { tools: [], prompts: [], resources: [], resourceTemplates: [] };

/**
 * What clients see at an address, out of what is registered, what servers offer, and what the address selects. The
 * same everywhere for the same input: the order is that of the sources, names depend on nothing later than themselves.
 */
export function buildView(registry: Registry, catalogues: Catalogues, selection: Selection): View {
  const sources = select(registry, selection);
  const servers = placeServers(sources);
  const catalogueOf = ({ component }: PublicServer): Catalogue =>
    catalogues.get(component.versionId) ?? EMPTY;
  return {
    tools: admitted(selection, toolsOf(sources, servers, catalogueOf), ({ tool }) => tool.name),
    prompts: admitted(selection, promptsOf(sources, servers, catalogueOf), ({ prompt }) => prompt.name),
    resources: [...servers.values()].flatMap((server) =>
      catalogueOf(server).resources.map((resource) => ({
        ...resource,
        uri: publicAddress(server.addressPrefix, resource.uri),
      })),
    ),
    resourceTemplates: [...servers.values()].flatMap((server) =>
      catalogueOf(server).resourceTemplates.map((template) => ({
        ...template,
        uriTemplate: publicAddress(server.addressPrefix, template.uriTemplate),
      })),
    ),
    servers: [...servers.values()],
  };
}

type Servers = ReadonlyMap<Source, PublicServer>;

/** Gives each server what stands before its addresses: its own, however alike two names are. */
function placeServers(sources: readonly Source[]): Servers {
  const upstream = sources.filter((source): source is UpstreamSource => source.kind === 'upstream');
  const prefixes = assignAddressPrefixes(
    upstream.map(({ component, prefix }) => ({
      name: prefix ?? component.name,
      identity: component.definitionId,
    })),
  );
  return new Map(
    upstream.map((source, index) => [
      source,
      { component: source.component, addressPrefix: source.prefix === '' ? '' : (prefixes[index] ?? '') },
    ]),
  );
}

/** Something to be named, and what it is once it has its name. */
interface Nameable<Thing> extends Named {
  make(name: string): Thing;
}

function toolsOf(
  sources: readonly Source[],
  servers: Servers,
  catalogueOf: (server: PublicServer) => Catalogue,
): PublicTool[] {
  return nameAll(
    sources.flatMap((source): Nameable<PublicTool>[] => {
      const server = servers.get(source);
      if (source.kind === 'workflow') return [workflowTool(source.workflow)];
      if (server === undefined || source.kind === 'component') return [componentTool(source.component)];
      return catalogueOf(server).tools.map((tool) => upstreamTool(source, server, tool));
    }),
  );
}

function upstreamTool(source: UpstreamSource, server: PublicServer, tool: Tool): Nameable<PublicTool> {
  // Tasks are between a server and its own clients: their state would be kept there, under ids that are not ours.
  const { execution: _execution, ...passed } = tool;
  return {
    ...namedAfter(source, 'tool', tool.name),
    make: (name) => ({
      tool: { ...passed, name, title: tool.title ?? tool.annotations?.title ?? tool.name },
      route: { kind: 'upstream', server, tool: tool.name },
    }),
  };
}

function componentTool(component: RegisteredComponent): Nameable<PublicTool> {
  return {
    prefix: null,
    name: component.name,
    identity: component.definitionId,
    make: (name) => ({
      tool: {
        ...described(name, component),
        inputSchema: objectSchema(component.inputSchema),
        // Any root: the SDK puts what is no object into one for clients of 2025-11-25.
        ...(component.outputSchema !== null && {
          outputSchema: component.outputSchema,
        }),
      },
      route: { kind: 'component', component },
    }),
  };
}

function workflowTool(workflow: RegisteredWorkflow): Nameable<PublicTool> {
  return {
    prefix: null,
    name: workflow.name,
    identity: workflow.definitionId,
    make: (name) => ({
      tool: { ...described(name, workflow), inputSchema: objectSchema(workflow.parametersSchema) },
      route: { kind: 'workflow', workflow },
    }),
  };
}

function promptsOf(
  sources: readonly Source[],
  servers: Servers,
  catalogueOf: (server: PublicServer) => Catalogue,
): PublicPrompt[] {
  return nameAll(
    sources.flatMap((source): Nameable<PublicPrompt>[] => {
      const server = servers.get(source);
      if (server !== undefined && source.kind === 'upstream') {
        return catalogueOf(server).prompts.map((prompt) => ({
          ...namedAfter(source, 'prompt', prompt.name),
          make: (name) => ({
            prompt: { ...prompt, name, title: prompt.title ?? prompt.name },
            route: { kind: 'upstream', server, prompt: prompt.name },
          }),
        }));
      }
      return source.kind === 'component' && isPrompt(source.component)
        ? [templatePrompt(source.component)]
        : [];
    }),
  );
}

function templatePrompt(component: RegisteredComponent): Nameable<PublicPrompt> {
  return {
    prefix: null,
    name: component.name,
    identity: component.definitionId,
    make: (name) => ({
      prompt: { ...described(name, component), arguments: promptArguments(component) },
      route: { kind: 'template', component },
    }),
  };
}

function isPrompt({ mcpType }: RegisteredComponent): boolean {
  return (mcpType as string) === 'llm_prompt';
}

function namedAfter({ component, prefix }: UpstreamSource, kind: string, name: string): Named {
  return { prefix: prefix ?? component.name, name, identity: `${component.definitionId}\0${kind}\0${name}` };
}

function nameAll<Thing>(things: readonly Nameable<Thing>[]): Thing[] {
  const names = assignNames(things);
  return things.map((thing, index) => thing.make(names[index] ?? ''));
}

function admitted<Thing>(
  selection: Selection,
  things: readonly Thing[],
  nameOf: (thing: Thing) => string,
): ReadonlyMap<string, Thing> {
  return new Map(
    things.flatMap((thing) => (admits(selection, nameOf(thing)) ? [[nameOf(thing), thing] as const] : [])),
  );
}

function described(name: string, definition: RegisteredComponent | RegisteredWorkflow) {
  return {
    name,
    title: definition.name,
    ...(definition.description !== '' && { description: definition.description }),
    _meta: { [DEFINITION_META]: definition.definitionId, [VERSION_META]: definition.version },
  };
}

/** The specification wants `type: object` at the root, which a schema of ours may leave out. */
function objectSchema(schema: JsonObject | null): Tool['inputSchema'] {
  return { ...schema, type: 'object' };
}
