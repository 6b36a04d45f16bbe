import type { Request } from 'express';

import type { CallerKey } from '../auth/caller-key';
import type { RequestSession } from '../auth/request-session';

/** An HTTP request as our middlewares and guards leave it for the handlers. */
export interface AppRequest extends Request {
  /** Names this request in the log and in the `X-Request-Id` of its answer. */
  requestId?: string;
  /** Whose key the request carries, or acts for by a session; absent on open routes. */
  callerKey?: CallerKey;
  /** The session by which it acts for the key; absent when it carries the key itself. */
  session?: RequestSession;
  /** The bytes of the body, on routes that check a signature over them; absent when there is no body. */
  rawBody?: Buffer;
}
