import type { JsonValue } from '../../engine/core/json';

/** What came of something that somebody did, or tried to. */
export const AUDIT_OUTCOMES = ['success', 'tool_error', 'denied', 'failed', 'cancelled'] as const;
export type AuditOutcome = (typeof AUDIT_OUTCOMES)[number];

export const ACTOR_TYPES = ['api_key', 'oauth'] as const;

/** Whose credential it was, with the name as it was then: keys are renamed and deleted, what they did is not. */
export interface AuditActor {
  readonly type: (typeof ACTOR_TYPES)[number];
  /** Of a key its id, of a token `oauth:` and its subject. */
  readonly id: string;
  readonly name: string;
  /** The session by which the key was acted for; null when it came by itself. */
  readonly sessionId: string | null;
}

/** Where a request came from. */
export interface AuditOrigin {
  /** Null: nobody that we know. */
  readonly actor: AuditActor | null;
  readonly clientAddress: string | null;
  /** What the program that sent it calls itself: an MCP client's name, or the `User-Agent`. */
  readonly client: string | null;
  readonly requestId: string | null;
}

/** What it was about; null where that does not apply. */
export interface AuditSubject {
  /** The toolset whose address was used. */
  readonly toolset: string | null;
  /** The tool, prompt or resource, by the name that the client used. */
  readonly tool: string | null;
  readonly definitionId: string | null;
  readonly version: string | null;
  readonly runId: string | null;
  readonly resourceType: string | null;
  readonly resourceId: string | null;
}

/** The request of the REST API that it was. */
export interface AuditedRequest {
  readonly method: string;
  /** The route's template, never the path itself: a path may hold a token. */
  readonly route: string;
  readonly status: number;
}

/** Something that was done, as those tell it who saw it. */
export interface AuditedAction extends AuditOrigin, AuditSubject {
  /** What was done to what: `tool.call`, `secret.create`. */
  readonly action: string;
  readonly outcome: AuditOutcome;
  /** Why it did not succeed. */
  readonly errorCode: string | null;
  readonly durationMs: number;
  /** Null for calls over MCP. */
  readonly request: AuditedRequest | null;
  /** What came along, as it came; null when nothing did, or nothing of it shall be kept. */
  readonly arguments: unknown;
  /** Names at the top of the arguments that hold a secret here, though they do not look like it. */
  readonly secretArguments?: readonly string[];
}

/** What is kept of an action. */
export interface AuditEvent extends AuditedAction {
  readonly id: string;
  /** When its outcome was known: it began `durationMs` earlier. */
  readonly createdAt: Date;
  /** Without what should not be kept, and of bounded size. */
  readonly arguments: JsonValue;
  /** Whether something of the arguments was left out because it was too large. */
  readonly argumentsTruncated: boolean;
}

/** What concerns none of these. */
export const NO_SUBJECT: AuditSubject = {
  toolset: null,
  tool: null,
  definitionId: null,
  version: null,
  runId: null,
  resourceType: null,
  resourceId: null,
};
