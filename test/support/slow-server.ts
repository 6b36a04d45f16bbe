import { createServer, type ServerResponse } from 'node:http';

import { closeServer, listenOnLoopback } from './loopback-server';

/** One request as the far side saw it. */
export interface SlowCall {
  readonly path: string;
  readonly idempotencyKey: string;
  /** How it ended: answered, or left by the caller before that. */
  outcome: 'open' | 'answered' | 'abandoned';
}

/** The far side of `http_request` steps: it takes its time, and remembers every call as an effect that it had. */
export interface SlowServer {
  readonly url: string;
  readonly calls: readonly SlowCall[];
  /** Answers so many calls more. Those after them wait until {@link release}: whoever makes them gets no further. */
  holdAfter(count: number): void;
  /** Answers what waits, and all that follows. */
  release(): void;
  close(): Promise<void>;
}

/** Starts a server on a free port of this machine. `GET /<ms>/<step>` is answered after so many ms. */
export async function startSlowServer(): Promise<SlowServer> {
  const calls: SlowCall[] = [];
  let left = Infinity;
  let held: (() => void)[] = [];
  const whenLet = (answer: () => void): void => {
    if (left > 0) {
      left -= 1;
      answer();
    } else held.push(answer);
  };
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    const call: SlowCall = {
      path,
      idempotencyKey: String(request.headers['idempotency-key']),
      outcome: 'open',
    };
    calls.push(call);
    const [, ms, step] = path.split('/');
    answerLater(response, Number(ms), call, { step }, whenLet);
  });
  return {
    url: await listenOnLoopback(server),
    calls,
    holdAfter: (count) => {
      left = count;
    },
    release: () => {
      left = Infinity;
      const answers = held;
      held = [];
      for (const answer of answers) answer();
    },
    close: () => closeServer(server),
  };
}

function answerLater(
  response: ServerResponse,
  ms: number,
  call: SlowCall,
  body: object,
  whenLet: (answer: () => void) => void,
): void {
  const answer = (): void => {
    // Its caller may have left while it was held.
    if (call.outcome !== 'open') return;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(body));
  };
  const timer = setTimeout(() => {
    whenLet(answer);
  }, ms);
  response.on('close', () => {
    clearTimeout(timer);
    call.outcome = response.writableFinished ? 'answered' : 'abandoned';
  });
}
