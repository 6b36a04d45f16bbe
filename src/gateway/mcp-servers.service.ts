import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import {
  type CompleteRequestParams,
  type CompleteResult,
  type GetPromptResult,
  ProtocolError,
  type McpRequestContext,
  ProtocolErrorCode,
  type ReadResourceResult,
  ResourceNotFoundError,
  type ServerCapabilities,
  type ServerContext,
} from '@modelcontextprotocol/server';

import { AppConfig } from '../config/app-config';
import { AppError } from '../common/errors/app-error';
import { withTraceFields } from '../common/tracing/tracing';
import type { JsonObject } from '../engine/core/json';
import { CallAudit } from './call-audit';
import { type CallFollower, followerOf } from './call-follower';
import { pageOf } from './core/page';
import { locate } from './core/locate-resource';
import { isTask, TASKS_EXTENSION } from './core/run-task';
import type { View } from './core/view';
import { GatewayServer } from './gateway-server';
import type { McpSession } from './mcp-session';
import { Prompts } from './prompts.service';
import { Tasks } from './tasks.service';
import { ToolCaller } from './tool-caller.service';
import { UpstreamTools } from './upstream-tools.service';

/** Changes are told in a stream that the client asks for: by `subscriptions/listen`, in the earlier era by GET. */
const LEGACY_CAPABILITIES: ServerCapabilities = {
  tools: { listChanged: true },
  prompts: { listChanged: true },
  resources: { listChanged: true },
  logging: {},
  completions: {},
};
/** The tasks of 2025-11-25 were experimental, and are others. */
const CAPABILITIES: Readonly<Record<McpRequestContext['era'], ServerCapabilities>> = {
  legacy: LEGACY_CAPABILITIES,
  modern: { ...LEGACY_CAPABILITIES, extensions: { [TASKS_EXTENSION]: {} } },
};

const TASK_PARAMS = { params: z.looseObject({ taskId: z.string() }) };

/**
 * How long clients of 2026-07-28 may believe a list without asking. Not shared between users: keys differ in what they
 * are limited to.
 */
const LIST_HINT = { ttlMs: 5_000, cacheScope: 'private' } as const;
const CACHE_HINTS = {
  'tools/list': LIST_HINT,
  'prompts/list': LIST_HINT,
  'resources/list': LIST_HINT,
  'resources/templates/list': LIST_HINT,
};

/** Makes what answers one request: a server of the protocol over what its address shows. */
@Injectable()
export class McpServers {
  constructor(
    private readonly config: AppConfig,
    private readonly tools: ToolCaller,
    private readonly prompts: Prompts,
    private readonly upstream: UpstreamTools,
    private readonly audit: CallAudit,
    private readonly tasks: Tasks,
  ) {}

  create(session: McpSession, era: McpRequestContext['era']): GatewayServer {
    const { toolset, view } = session.address;
    const gateway = new GatewayServer(
      { name: 'mcp-backend', version: this.config.version },
      {
        capabilities: CAPABILITIES[era],
        cacheHints: CACHE_HINTS,
        ...(toolset !== null && toolset.description !== '' && { instructions: toolset.description }),
      },
      (name) => view.tools.get(name)?.tool.inputSchema,
    );
    const { server } = gateway;
    const follow = (context: ServerContext): CallFollower =>
      followerOf(context, `${session.requestId}:${context.mcpReq.id}`);

    server.setRequestHandler('tools/list', ({ params }) => {
      const { items, ...rest } = page(this.tools.list(session), params?.cursor);
      return { tools: items, ...rest };
    });
    server.setRequestHandler('tools/call', async ({ params }, context) => {
      const args = (params.arguments ?? {}) as JsonObject;
      const { result, outputSchema } = await withTraceFields(params._meta ?? {}, () =>
        this.tools.call(session, params.name, args, follow(context)),
      );
      // A task has nothing to show yet.
      return isTask(result) ? result : server.projectCallToolResult(result, outputSchema);
    });
    if (era === 'modern') {
      server.setRequestHandler('tasks/get', TASK_PARAMS, ({ taskId }) => this.tasks.get(session, taskId));
      server.setRequestHandler('tasks/cancel', TASK_PARAMS, async ({ taskId }, context) => {
        await this.cancelTask(session, taskId, follow(context));
        return {};
      });
    }
    server.setRequestHandler('prompts/list', ({ params }) => {
      const { items, ...rest } = page(
        [...view.prompts.values()].map(({ prompt }) => prompt),
        params?.cursor,
      );
      return { prompts: items, ...rest };
    });
    server.setRequestHandler('prompts/get', ({ params }, context) =>
      asProtocol(this.getPrompt(session, params.name, params.arguments ?? {}, follow(context))),
    );
    server.setRequestHandler('resources/list', ({ params }) => {
      const { items, ...rest } = page(view.resources, params?.cursor);
      return { resources: items, ...rest };
    });
    server.setRequestHandler('resources/templates/list', ({ params }) => {
      const { items, ...rest } = page(view.resourceTemplates, params?.cursor);
      return { resourceTemplates: items, ...rest };
    });
    server.setRequestHandler('resources/read', ({ params: { uri } }, context) =>
      asProtocol(this.readResource(session, uri, follow(context)), { uri }),
    );
    server.setRequestHandler('completion/complete', ({ params }, context) =>
      asProtocol(this.complete(view, params, follow(context))),
    );
    return gateway;
  }

  private cancelTask(session: McpSession, taskId: string, follower: CallFollower): Promise<void> {
    return this.audit.observe(
      { action: 'task.cancel', name: taskId, args: null, definition: undefined },
      session,
      follower,
      () => this.tasks.cancel(session, taskId),
      () => ({ outcome: 'success', errorCode: null, runId: taskId }),
    );
  }

  private getPrompt(
    session: McpSession,
    name: string,
    args: Readonly<Record<string, string>>,
    follower: CallFollower,
  ): Promise<GetPromptResult> {
    const { view } = session.address;
    const route = view.prompts.get(name)?.route;
    const definition = route?.kind === 'upstream' ? route.server.component : route?.component;
    return this.audit.observe({ action: 'prompt.get', name, args, definition }, session, follower, () =>
      this.prompts.get(view, name, args, follower),
    );
  }

  private readResource(
    session: McpSession,
    uri: string,
    follower: CallFollower,
  ): Promise<ReadResourceResult> {
    const found = locate(session.address.view, uri);
    const definition = found?.server.component;
    return this.audit.observe(
      { action: 'resource.read', name: uri, args: null, definition },
      session,
      follower,
      async () => {
        if (found === null) throw new ResourceNotFoundError(uri);
        return this.upstream.readResource(found.server, found.uri, follower);
      },
    );
  }

  /** Only servers complete arguments; of anything else there is nothing to propose. */
  private async complete(
    view: View,
    params: CompleteRequestParams,
    follower: CallFollower,
  ): Promise<CompleteResult> {
    const { ref } = params;
    if (ref.type === 'ref/prompt') {
      const route = view.prompts.get(ref.name)?.route;
      if (route === undefined)
        throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'There is no such prompt');
      if (route.kind !== 'upstream') return NOTHING_TO_PROPOSE;
      return this.upstream.complete(
        route.server,
        { ...params, ref: { ...ref, name: route.prompt } },
        follower,
      );
    }
    const found = locate(view, ref.uri);
    if (found === null) throw new ResourceNotFoundError(ref.uri);
    return this.upstream.complete(found.server, { ...params, ref: { ...ref, uri: found.uri } }, follower);
  }
}

const NOTHING_TO_PROPOSE: CompleteResult = { completion: { values: [] } };

function page<Thing>(
  things: readonly Thing[],
  cursor: string | undefined,
): { readonly items: Thing[]; readonly nextCursor?: string } {
  const found = pageOf(things, cursor);
  if (found === null)
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'cursor: is none that was given');
  return { ...found, items: [...found.items] };
}

/** Errors of ours in the protocol's form: an unknown thing and wrong arguments are the client's, all others not. */
async function asProtocol<Result>(work: Promise<Result>, about?: object): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const isClients = ['INVALID_INPUT', 'INVALID_REQUEST', 'NOT_FOUND', 'UNKNOWN_TOOL'].includes(error.code);
    const code = isClients ? ProtocolErrorCode.InvalidParams : ProtocolErrorCode.InternalError;
    throw new ProtocolError(code, `${error.code}: ${error.message}`, about);
  }
}
