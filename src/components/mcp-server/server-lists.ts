import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/client';
import type {
  Client,
  Prompt,
  RequestOptions,
  Resource,
  ResourceTemplateType,
  Tool,
} from '@modelcontextprotocol/client';

/** Everything that a server offers. */
export interface ServerLists {
  readonly tools: readonly Tool[];
  readonly prompts: readonly Prompt[];
  readonly resources: readonly Resource[];
  readonly resourceTemplates: readonly ResourceTemplateType[];
}

export const EMPTY_LISTS: ServerLists = { tools: [], prompts: [], resources: [], resourceTemplates: [] };

/** Reads every list that the server says it has, all pages of them. */
export async function readLists(client: Client, options: RequestOptions): Promise<ServerLists> {
  const { tools, prompts, resources } = client.getServerCapabilities() ?? {};
  const fresh = { ...options, cacheMode: 'refresh' } as const;
  const [toolList, promptList, resourceList, templateList] = await Promise.all([
    tools === undefined ? null : client.listTools(undefined, fresh),
    prompts === undefined ? null : known(client.listPrompts(undefined, fresh)),
    resources === undefined ? null : known(client.listResources(undefined, fresh)),
    resources === undefined ? null : known(client.listResourceTemplates(undefined, fresh)),
  ]);
  return {
    tools: toolList?.tools ?? [],
    prompts: promptList?.prompts ?? [],
    resources: resourceList?.resources ?? [],
    resourceTemplates: templateList?.resourceTemplates ?? [],
  };
}

/** Some servers claim a capability and do not know all its methods: that list is empty, the others count. */
async function known<List>(list: Promise<List>): Promise<List | null> {
  try {
    return await list;
  } catch (error) {
    if (error instanceof ProtocolError && error.code === (ProtocolErrorCode.MethodNotFound as number)) {
      return null;
    }
    throw error;
  }
}
