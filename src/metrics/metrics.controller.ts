import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';

import { Public } from '../common/auth/public.decorator';
import { RequireScope } from '../common/auth/require-scope.decorator';
import { MetricsRegistry } from './metrics-registry';

/** Of the text format that every Prometheus reads. */
const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** The metrics of this process for Prometheus, to holders of a key. */
@ApiTags('Metrics')
@Controller('metrics')
export class MetricsController {
  constructor(private readonly registry: MetricsRegistry) {}

  @Get()
  @RequireScope('read')
  @Header('Content-Type', CONTENT_TYPE)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    operationId: 'getMetrics',
    summary: "This process' metrics in Prometheus' text format",
    description: 'With `METRICS_PUBLIC=true` no key is needed.',
  })
  @ApiProduces('text/plain')
  @ApiOkResponse({ schema: { type: 'string' } })
  scrape(): Promise<string> {
    return this.registry.metrics();
  }
}

/** The same to everybody: METRICS_PUBLIC. */
@Public()
@Controller('metrics')
export class PublicMetricsController extends MetricsController {}
