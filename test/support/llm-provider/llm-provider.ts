import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { closeServer, listenOnLoopback } from '../loopback-server';
import { anthropicMessages } from './anthropic-messages';
import { chatCompletions } from './chat-completions';
import { googleGenerateContent } from './google-generate-content';
import type { ModelAnswer, Protocol, ServerEvent } from './model-answer';
import { openaiResponses } from './openai-responses';

/** A request as the provider got it. */
export interface ProviderRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What the server does with one request. */
export type Reply =
  | ModelAnswer
  /** An answer that is no success, as it stands. */
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body: object | string;
    }
  /** The connection, or only the stream, ends after so many events. */
  | { readonly answer: ModelAnswer; readonly cutAfter: number; readonly how: 'reset' | 'end' }
  /** Events of the stream as they stand; those of the protocol do not follow. */
  | { readonly events: readonly ServerEvent[] }
  /** The stream stands still after so many events, until the client leaves or {@link LlmProvider.cutStalled} ends it. */
  | { readonly answer: ModelAnswer; readonly stallAfter: number };

/** Where each protocol is served, under the base address. */
const PROTOCOLS: readonly (readonly [RegExp, Protocol])[] = [
  [/\/responses$/, openaiResponses],
  [/\/chat\/completions$/, chatCompletions],
  [/\/messages$/, anthropicMessages],
  [/\/models\/[^/]+:streamGenerateContent\?alt=sse$/, googleGenerateContent],
];

/**
 * A provider of models on this machine: speaks the wire protocols of OpenAI (both), Anthropic and Google over a socket,
 * and says what the test has put in its queue. A request that no test expected is answered with 500.
 */
export class LlmProvider {
  readonly requests: ProviderRequest[] = [];
  /** Requests whose client left before the answer was complete. */
  abandoned = 0;
  private readonly replies: Reply[] = [];
  private readonly stalled: ServerResponse[] = [];

  private constructor(
    private readonly server: ReturnType<typeof createServer>,
    readonly url: string,
  ) {}

  static async start(): Promise<LlmProvider> {
    const server = createServer();
    const provider = new LlmProvider(server, `${await listenOnLoopback(server)}/v1`);
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      void provider.answer(request, response);
    });
    return provider;
  }

  /** Queues what the next requests are answered with, in this order. */
  willSay(...replies: Reply[]): void {
    this.replies.push(...replies);
  }

  /** Forgets all requests and what is queued. */
  reset(): void {
    this.requests.length = 0;
    this.replies.length = 0;
    this.abandoned = 0;
  }

  /** Breaks the connections of the streams that stand still. */
  cutStalled(): void {
    for (const response of this.stalled.splice(0)) response.destroy();
  }

  close(): Promise<void> {
    return closeServer(this.server);
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    response.on('close', () => {
      if (!response.writableFinished) this.abandoned += 1;
    });
    const body = JSON.parse(await textOf(request)) as ProviderRequest['body'];
    this.requests.push({ path, headers: request.headers, body });
    const protocol = PROTOCOLS.find(([pattern]) => pattern.test(path))?.[1];
    const reply = this.replies.shift();
    if (protocol === undefined || reply === undefined) {
      sendJson(response, 500, { error: { message: `no test expected ${path}` } });
    } else if ('status' in reply) {
      sendJson(response, reply.status, reply.body, reply.headers);
    } else {
      const model = typeof body['model'] === 'string' ? body['model'] : modelInPath(path);
      stream(response, reply, (answer) => protocol(whole(answer, model)));
      if ('stallAfter' in reply) this.stalled.push(response);
    }
  }
}

function stream(
  response: ServerResponse,
  reply: Exclude<Reply, { readonly status: number }>,
  write: (answer: ModelAnswer) => ServerEvent[],
): void {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  const send = (events: readonly ServerEvent[]): void => {
    for (const event of events) response.write(frame(event));
  };
  if ('events' in reply) {
    send(reply.events);
    response.end();
  } else if ('stallAfter' in reply) {
    send(write(reply.answer).slice(0, reply.stallAfter));
  } else if ('cutAfter' in reply) {
    send(write(reply.answer).slice(0, reply.cutAfter));
    if (reply.how === 'end') response.end();
    // Once what was written is on its way.
    else setImmediate(() => response.socket?.resetAndDestroy());
  } else {
    send(write(reply));
    response.end();
  }
}

function frame({ event, data }: ServerEvent): string {
  const text = typeof data === 'string' ? data : JSON.stringify(data);
  return `${event === undefined ? '' : `event: ${event}\n`}data: ${text}\n\n`;
}

function sendJson(
  response: ServerResponse,
  status: number,
  body: object | string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

function whole(answer: ModelAnswer, model: string): Parameters<Protocol>[0] {
  const defaults = {
    text: [],
    calls: [],
    finish: 'stop',
    inputTokens: 12,
    cachedTokens: 0,
    outputTokens: 5,
  } as const;
  return { ...defaults, ...answer, model };
}

function modelInPath(path: string): string {
  return /\/models\/([^/:]+):/.exec(path)?.[1] ?? '';
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
