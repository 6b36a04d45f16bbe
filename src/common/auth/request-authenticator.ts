import type { AppRequest } from '../http/app-request';
import type { CallerKey } from './caller-key';

/**
 * The one way from a request to the key that it acts for, whatever it carries: an API key, a session's token or its
 * cookie. `src/auth` implements it. Also the injection token.
 */
export abstract class RequestAuthenticator {
  /**
   * Notes on the request whose key it carries, and the session where it came by one.
   *
   * @throws AppError UNAUTHENTICATED without a living credential; FORBIDDEN when another site may have sent a
   * browser's cookie
   */
  abstract authenticate(request: AppRequest): Promise<CallerKey>;
}
