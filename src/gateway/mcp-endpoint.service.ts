import { type BeforeApplicationShutdown, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, type McpHttpHandler } from '@modelcontextprotocol/server';
import type { Response } from 'express';
import { Gauge } from 'prom-client';

import { CredentialWatch } from '../common/auth/credential-watch';
import type { AppRequest } from '../common/http/app-request';
import { isJsonObject } from '../engine/core/json';
import { MetricsRegistry } from '../metrics/metrics-registry';
import { ChangeStreams } from './change-streams';
import { earlierRequest } from './earlier-request';
import { asAnswerOfOurs } from './in-one-write';
import { McpCallers } from './mcp-callers.service';
import { type McpSession, sessionOf, toAuthInfo } from './mcp-session';
import { McpServers } from './mcp-servers.service';
import { PublicViews } from './public-views.service';
import { RequestExchange } from './request-exchange';

/** Streams of clients that listen for changes, in one process. Each costs a socket and a listener. */
const MAX_SUBSCRIPTIONS = 5_000;

/**
 * MCP over HTTP: both eras of the protocol at one address, each request served by itself. Nothing is kept between two,
 * so that any replica may serve either, and a client that leaves without a word leaves nothing behind.
 */
@Injectable()
export class McpEndpoint implements OnModuleInit, BeforeApplicationShutdown {
  private readonly logger = new Logger('Mcp');
  private readonly handler: McpHttpHandler;
  private readonly toNode: ReturnType<typeof toNodeHandler>;
  private readonly open: Gauge;
  private readonly changeStreams = new ChangeStreams();
  private ignoreChanges: () => void = () => undefined;

  constructor(
    private readonly servers: McpServers,
    private readonly views: PublicViews,
    private readonly callers: McpCallers,
    private readonly watch: CredentialWatch,
    registry: MetricsRegistry,
  ) {
    this.open = new Gauge({
      name: 'mcp_open_requests',
      help: 'Requests to the MCP endpoint that have not ended, among them the streams of clients that listen',
      registers: [registry],
    });
    const onerror = (error: Error): void => {
      this.logger.debug(`A request was refused or broke off: ${error.message}`);
    };
    this.handler = createMcpHandler(({ authInfo, era }) => this.servers.create(sessionOf(authInfo), era), {
      maxSubscriptions: MAX_SUBSCRIPTIONS,
      onerror,
    });
    this.toNode = toNodeHandler(this.handler, { onerror });
  }

  onModuleInit(): void {
    const { notify } = this.handler;
    this.ignoreChanges = this.views.onChange((changes) => {
      if (changes.tools) notify.toolsChanged();
      if (changes.prompts) notify.promptsChanged();
      if (changes.resources) notify.resourcesChanged();
      this.changeStreams.tell(changes);
    });
  }

  /** Ends open streams, so that the process need not wait for those who listen. */
  async beforeApplicationShutdown(): Promise<void> {
    this.ignoreChanges();
    this.changeStreams.close();
    await this.handler.close();
  }

  /** Answers a request; resolves when the answer has been sent, or its client has gone. */
  async serve(request: AppRequest, response: Response, session: McpSession): Promise<void> {
    this.open.inc();
    try {
      const earlier = earlierRequest(request);
      const isChangeStream = ChangeStreams.isWanted(request);
      if (isChangeStream || isSubscription(request.body)) {
        this.watch.watch(response, () => this.callers.assertMayListen(request));
      }
      if (isChangeStream) await this.changeStreams.serve(response);
      else if (earlier === null) await this.serveAny(request, response, session);
      else {
        const server = this.servers.create(session, 'legacy');
        await RequestExchange.serve(server, earlier, response, toAuthInfo(session));
      }
    } finally {
      this.open.dec();
    }
  }

  private async serveAny(request: AppRequest, response: Response, session: McpSession): Promise<void> {
    asAnswerOfOurs(response);
    await this.toNode(Object.assign(request, { auth: toAuthInfo(session) }), response, request.body);
  }
}

/** Whether a message asks to be told of changes for as long as its sender stays (2026-07-28). */
function isSubscription(body: unknown): boolean {
  return isJsonObject(body) && body.method === 'subscriptions/listen';
}
