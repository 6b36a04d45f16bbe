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
  type Upstream,
  type UpstreamExchange,
} from '../components/mcp-server/upstream-servers';
import { ConfigSecrets } from '../components/secrets/config-secrets';
import type { JsonObject, JsonValue } from '../engine/core/json';
import type { SecretRedactor } from '../security/secret-redactor';
import type { CallFollower } from './call-follower';
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
    try {
      const result = await work({ definitionId, versionId, config }, exchangeOf(follower, redactor));
      return redactor.json(result as JsonValue) as Result;
    } catch (error) {
      throw redactor.error(error);
    }
  }
}

function exchangeOf(follower: CallFollower, redactor: SecretRedactor): UpstreamExchange {
  return {
    signal: follower.signal,
    onProgress: (progress) => {
      const { message } = progress;
      follower.progress({ ...progress, message: message === undefined ? undefined : redactor.text(message) });
    },
    onLog: (line) => {
      follower.log({ ...line, data: redactor.json(line.data as JsonValue) });
    },
  };
}
