import { Injectable } from '@nestjs/common';
import type {
  CallToolResult,
  CompleteRequestParams,
  CompleteResult,
  GetPromptResult,
  ReadResourceResult,
} from '@modelcontextprotocol/server';

import {
  UpstreamServers,
  type ServerLogLine,
  type Upstream,
  type UpstreamExchange,
} from '../components/mcp-server/upstream-servers';
import { ConfigSecrets } from '../components/secrets/config-secrets';
import { LineRedactor } from '../components/secrets/line-redactor';
import type { JsonObject, JsonValue } from '../engine/core/json';
import type { SecretRedactor } from '../security/secret-redactor';
import type { CallFollower, CallProgress } from './call-follower';
import { passContent } from './core/passed-content';
import { publicAddress } from './core/resource-addresses';
import type { PublicServer } from './core/view';

/** What is passed on to the servers behind the endpoint, and back. */
@Injectable()
export class UpstreamTools {
  constructor(
    private readonly servers: UpstreamServers,
    private readonly secrets: ConfigSecrets,
  ) {}

  async callTool(
    { component, addressPrefix }: PublicServer,
    tool: string,
    args: JsonObject,
    follower: CallFollower,
  ): Promise<CallToolResult> {
    const call = { tool, args, idempotencyKey: follower.callId };
    const result = await this.exchange(component, follower, (upstream, exchange) =>
      this.servers.callTool(upstream, call, exchange),
    );
    return { ...result, content: result.content.map((block) => passContent(block, addressPrefix)) };
  }

  async getPrompt(
    { component, addressPrefix }: PublicServer,
    name: string,
    args: Readonly<Record<string, string>>,
    follower: CallFollower,
  ): Promise<GetPromptResult> {
    const result = await this.exchange(component, follower, (upstream, exchange) =>
      this.servers.getPrompt(upstream, { name, args }, exchange),
    );
    return {
      ...result,
      messages: result.messages.map((message) => ({
        ...message,
        content: passContent(message.content, addressPrefix),
      })),
    };
  }

  /** @param uri as the server knows it */
  async readResource(
    { component, addressPrefix }: PublicServer,
    uri: string,
    follower: CallFollower,
  ): Promise<ReadResourceResult> {
    const result = await this.exchange(component, follower, (upstream, exchange) =>
      this.servers.readResource(upstream, uri, exchange),
    );
    return {
      ...result,
      contents: result.contents.map((contents) => ({
        ...contents,
        uri: publicAddress(addressPrefix, contents.uri),
      })),
    };
  }

  async complete(
    { component }: PublicServer,
    params: CompleteRequestParams,
    follower: CallFollower,
  ): Promise<CompleteResult> {
    return this.exchange(component, follower, (upstream, exchange) =>
      this.servers.complete(upstream, params, exchange),
    );
  }

  /**
   * One exchange with a server, whose configuration may hold secrets: what it gives, tells or fails with comes back
   * without them, as of every component.
   */
  private async exchange<Result>(
    component: PublicServer['component'],
    follower: CallFollower,
    work: (upstream: Upstream, exchange: UpstreamExchange) => Promise<Result>,
  ): Promise<Result> {
    const { definitionId, versionId, config } = component;
    const { redactor } = await this.secrets.open(config);
    const exchange = exchangeOf(follower, redactor);
    try {
      const result = await work({ definitionId, versionId, config }, exchange);
      return redactor.json(result as JsonValue) as Result;
    } catch (error) {
      throw redactor.error(error);
    } finally {
      exchange.end();
    }
  }
}

/** @returns an exchange to `end` when it is over, so that it tells what it held back */
function exchangeOf(
  follower: CallFollower,
  redactor: SecretRedactor,
): UpstreamExchange & { readonly end: () => void } {
  const steps = new LineRedactor<CallProgress>(redactor, (progress, message) => {
    follower.progress({ ...progress, message });
  });
  const lines = new LineRedactor<ServerLogLine>(redactor, (line, data) => {
    follower.log({ ...line, data });
  });
  return {
    signal: follower.signal,
    onProgress: (progress) => {
      if (progress.message === undefined) follower.progress(progress);
      else steps.write(progress, progress.message);
    },
    onLog: (line) => {
      if (typeof line.data === 'string') lines.write(line, line.data);
      else follower.log({ ...line, data: redactor.json(line.data as JsonValue) });
    },
    end: () => {
      steps.end();
      lines.end();
    },
  };
}
