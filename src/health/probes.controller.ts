import { Controller, Get, HttpStatus, Res } from '@nestjs/common';
import {
  ApiExtraModels,
  ApiOkResponse,
  ApiOperation,
  ApiServiceUnavailableResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { HealthCheckResult } from '@nestjs/terminus';
import type { Response } from 'express';

import { Public } from '../common/auth/public.decorator';
import { ProbeCheckResponse, ProbeResponse } from './dto/probe.response';
import { Readiness } from './readiness';

/** What an orchestrator asks: is the process to be restarted, are requests to be sent to it, has it started. */
@ApiTags('Health')
@ApiExtraModels(ProbeCheckResponse)
@Public()
@Controller('health')
export class ProbesController {
  constructor(private readonly readiness: Readiness) {}

  @Get('live')
  @ApiOperation({
    operationId: 'getLiveness',
    summary: 'Whether the process works at all',
    description: 'Looks at nothing: that it answers is the answer. No restart would bring a database back.',
  })
  @ApiOkResponse({ type: ProbeResponse })
  live(@Res({ passthrough: true }) response: Response): ProbeResponse {
    return answer(response, { status: 'ok', details: {} });
  }

  @Get('ready')
  @ApiOperation({
    operationId: 'getReadiness',
    summary: 'Whether requests and runs should be sent to this process',
    description:
      'Looks at the database, the migrations, the encryption key, the queue and the sandbox; without the last it is ' +
      '`degraded`, and serves. A process that was asked to stop is `shutting_down`.',
  })
  @ApiOkResponse({ type: ProbeResponse })
  @ApiServiceUnavailableResponse({ type: ProbeResponse })
  async ready(@Res({ passthrough: true }) response: Response): Promise<ProbeResponse> {
    return answer(response, await this.readiness.check());
  }

  @Get('startup')
  @ApiOperation({
    operationId: 'getStartup',
    summary: 'Whether the process has started',
    description:
      'The port opens when the database is connected and migrated and every part runs; before that nothing answers.',
  })
  @ApiOkResponse({ type: ProbeResponse })
  startup(@Res({ passthrough: true }) response: Response): ProbeResponse {
    return answer(response, { status: 'ok', details: {} });
  }
}

function answer(response: Response, { status, details }: HealthCheckResult): ProbeResponse {
  response.setHeader('Cache-Control', 'no-store');
  const serves = status === 'ok' || status === 'degraded';
  if (!serves) response.status(HttpStatus.SERVICE_UNAVAILABLE);
  return {
    status,
    details: Object.fromEntries(Object.entries(details).map(([name, check]) => [name, toCheck(check)])),
  };
}

function toCheck({ status, message }: HealthCheckResult['details'][string]): ProbeCheckResponse {
  return { status, message: typeof message === 'string' ? message : null };
}
