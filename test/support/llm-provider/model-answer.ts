/** A call of a tool that the model asks for. */
export interface WantedCall {
  readonly id: string;
  readonly name: string;
  readonly args: object;
}

/** What the model says to one request, before it is written in a provider's protocol. */
export interface ModelAnswer {
  /** The text, in the pieces in which it is streamed. */
  readonly text?: readonly string[];
  readonly calls?: readonly WantedCall[];
  readonly finish?: 'stop' | 'length';
  readonly inputTokens?: number;
  readonly cachedTokens?: number;
  readonly outputTokens?: number;
}

/** An answer with everything in its place. */
export type WholeAnswer = Required<ModelAnswer> & { readonly model: string };

/** One event of a stream: its name, where the protocol names events, and its JSON, or text that is no JSON. */
export interface ServerEvent {
  readonly event?: string;
  readonly data: object | string;
}

/** Writes an answer as a provider's server does. */
export type Protocol = (answer: WholeAnswer) => ServerEvent[];
