import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Response } from 'express';

import { hasScope } from '../common/auth/assert-scope';
import { presentedCredential } from '../common/auth/presented-credential';
import { AppError } from '../common/errors/app-error';
import type { AppRequest } from '../common/http/app-request';
import { AppConfig } from '../config/app-config';
import { McpCallers } from './mcp-callers.service';
import { neededScope } from './needed-scope';
import { resourceMetadataUrl } from './oauth/resource-metadata';
import { faultOfSite } from './site-check';

/**
 * Lets a message in that a living credential of the right scope came with, from a place that may ask. The endpoint's own
 * guard, because MCP clients may also bring an access token, and are told in `WWW-Authenticate` what is wrong with it.
 */
@Injectable()
export class McpAuthGuard implements CanActivate {
  constructor(
    private readonly config: AppConfig,
    private readonly callers: McpCallers,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<AppRequest>();
    const response = http.getResponse<Response>();
    this.checkSite(request);

    const caller = await this.callers.identify(request);
    if (caller === null) {
      const error = presentedCredential(request) === null ? [] : ['error="invalid_token"'];
      response.setHeader('WWW-Authenticate', this.challenge(error));
      throw new AppError('UNAUTHENTICATED', 'Invalid API key');
    }

    const scope = neededScope(request.body);
    if (hasScope(caller, scope)) return true;
    response.setHeader(
      'WWW-Authenticate',
      this.challenge(['error="insufficient_scope"', `scope="${scope}"`]),
    );
    throw new AppError('FORBIDDEN', `Insufficient permissions: the scope ${scope} is needed`);
  }

  /** RFC 6750, 3; with the way to the issuer of tokens, if there is one (RFC 9728, 5.1). */
  private challenge(parameters: readonly string[]): string {
    const { oauth } = this.config;
    const metadata = oauth === null ? [] : [`resource_metadata="${resourceMetadataUrl(oauth)}"`];
    return ['Bearer realm="mcp-backend"', ...parameters, ...metadata].join(', ');
  }

  private checkSite({ headers: { host, origin } }: AppRequest): void {
    const fault = faultOfSite(
      {
        listensOn: this.config.host,
        allowedHosts: this.config.mcpAllowedHosts,
        allowedOrigins: this.config.mcpAllowedOrigins,
      },
      { host, origin },
    );
    if (fault !== null) throw new AppError('FORBIDDEN', fault);
  }
}
