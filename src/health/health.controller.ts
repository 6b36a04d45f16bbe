import { Controller, Get, HttpStatus, Res } from '@nestjs/common';
import { ApiOkResponse, ApiProperty, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';

import { Public } from '../common/auth/public.decorator';
import { AppConfig } from '../config/app-config';
import { Sandbox } from '../security/sandbox/sandbox';
import { HealthService } from './health.service';

/** Whether code of components runs apart from this machine. */
export class CodeSandboxResponse {
  @ApiProperty()
  available!: boolean;

  @ApiProperty({ type: String, nullable: true, description: 'Why there is none; null when there is one' })
  reason!: string | null;
}

export class HealthResponse {
  @ApiProperty({ enum: ['healthy', 'unhealthy'] })
  status!: 'healthy' | 'unhealthy';

  @ApiProperty({ example: '1.0.0', description: "The program's version" })
  version!: string;

  @ApiProperty({
    type: CodeSandboxResponse,
    description:
      'The Linux sandbox, as a probe at the start found it. The program is healthy without one too',
  })
  codeSandbox!: CodeSandboxResponse;
}

/** Where the program answers whether it is well, both outside the global prefix: probes expect the first. */
export const HEALTH_PATHS = ['health', 'api/v1/health'];

@ApiTags('Health')
@Public()
@Controller(HEALTH_PATHS)
export class HealthController {
  constructor(
    private readonly health: HealthService,
    private readonly sandbox: Sandbox,
    private readonly config: AppConfig,
  ) {}

  /** Whether the program can serve: 503 when its database does not answer. */
  @Get()
  @ApiOkResponse({ type: HealthResponse })
  @ApiServiceUnavailableResponse({ type: HealthResponse })
  async find(@Res({ passthrough: true }) response: Response): Promise<HealthResponse> {
    const isHealthy = await this.health.isHealthy();
    response.setHeader('Cache-Control', 'no-store');
    if (!isHealthy) response.status(HttpStatus.SERVICE_UNAVAILABLE);
    return {
      status: isHealthy ? 'healthy' : 'unhealthy',
      version: this.config.version,
      codeSandbox: this.sandbox.sandbox,
    };
  }
}
