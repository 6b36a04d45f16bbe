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
import type { JsonObject } from '../engine/core/json';
import type { CallFollower } from './call-follower';
import { passContent } from './core/passed-content';
import { publicAddress } from './core/resource-addresses';
import type { PublicServer } from './core/view';

/** What is passed on to the servers behind the endpoint, and back. */
@Injectable()
export class UpstreamTools {
  constructor(private readonly servers: UpstreamServers) {}

  async callTool(
    { component, addressPrefix }: PublicServer,
    tool: string,
    args: JsonObject,
    follower: CallFollower,
  ): Promise<CallToolResult> {
    const call = { tool, args, idempotencyKey: follower.callId };
    const result = await this.servers.callTool(upstreamOf(component), call, exchangeOf(follower));
    return { ...result, content: result.content.map((block) => passContent(block, addressPrefix)) };
  }

  async getPrompt(
    { component, addressPrefix }: PublicServer,
    name: string,
    args: Readonly<Record<string, string>>,
    follower: CallFollower,
  ): Promise<GetPromptResult> {
    const result = await this.servers.getPrompt(upstreamOf(component), { name, args }, exchangeOf(follower));
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
    const result = await this.servers.readResource(upstreamOf(component), uri, exchangeOf(follower));
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
    return this.servers.complete(upstreamOf(component), params, exchangeOf(follower));
  }
}

function upstreamOf({ definitionId, versionId, config }: PublicServer['component']): Upstream {
  return { definitionId, versionId, config };
}

function exchangeOf(follower: CallFollower): UpstreamExchange {
  return {
    signal: follower.signal,
    onProgress: (progress) => {
      follower.progress(progress);
    },
    onLog: (line) => {
      follower.log(line);
    },
  };
}
