import { Controller, Get, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Response } from 'express';

import { Public } from '../../common/auth/public.decorator';
import { AppError } from '../../common/errors/app-error';
import { AppConfig } from '../../config/app-config';
import { RESOURCE_METADATA_PATHS } from './resource-metadata';
import { TOKEN_SCOPES } from './token-caller';

/** Tells clients that have no credential yet whose tokens the MCP endpoint takes (RFC 9728). */
@ApiExcludeController()
@Public()
@Controller(RESOURCE_METADATA_PATHS)
export class ResourceMetadataController {
  constructor(private readonly config: AppConfig) {}

  @Get()
  find(@Res() response: Response): void {
    const { oauth } = this.config;
    if (oauth === null) throw new AppError('NOT_FOUND', 'Resource not found');
    response.setHeader('Cache-Control', 'public, max-age=300');
    // Written here and not by the interceptor: the names are the standard's.
    response.json({
      resource: oauth.audience,
      authorization_servers: [oauth.issuer],
      scopes_supported: TOKEN_SCOPES,
      bearer_methods_supported: ['header'],
      resource_name: 'mcp-backend',
    });
  }
}
