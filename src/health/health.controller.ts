import { Controller, Get, HttpStatus, Res } from '@nestjs/common';
import { ApiOkResponse, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';

import { Public } from '../common/auth/public.decorator';
import { AppConfig } from '../config/app-config';
import { Sandbox } from '../security/sandbox/sandbox';
import { HealthResponse } from './dto/health.response';
import { HEALTH_PATHS } from './health-paths';
import { Readiness } from './readiness';

/** Outside the global prefix as well: probes expect it there. */
@ApiTags('Health')
@Public()
@Controller(HEALTH_PATHS)
export class HealthController {
  constructor(
    private readonly readiness: Readiness,
    private readonly sandbox: Sandbox,
    private readonly config: AppConfig,
  ) {}

  /** Whether the program can serve: 503 when its database does not answer. */
  @Get()
  @ApiOkResponse({ type: HealthResponse })
  @ApiServiceUnavailableResponse({ type: HealthResponse })
  async find(@Res({ passthrough: true }) response: Response): Promise<HealthResponse> {
    const isHealthy = await this.readiness.hasDatabase();
    response.setHeader('Cache-Control', 'no-store');
    if (!isHealthy) response.status(HttpStatus.SERVICE_UNAVAILABLE);
    return {
      status: isHealthy ? 'healthy' : 'unhealthy',
      version: this.config.version,
      codeSandbox: this.sandbox.sandbox,
    };
  }
}
