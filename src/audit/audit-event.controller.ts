import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';

import { RequireScope } from '../common/auth/require-scope.decorator';
import { Tagged } from '../common/conditional/tagged.decorator';
import { ApiErrors } from '../common/errors/api-errors.decorator';
import { mapPage } from '../common/pagination/page';
import { UuidPipe } from '../common/wire/uuid.pipe';
import { toAuditEventResponse } from './audit-event.mapper';
import { AuditEventService } from './audit-event.service';
import { AuditEventFilterDto, AuditEventQueryDto } from './dto/audit-event-query.dto';
import { AuditEventPageResponse, AuditEventResponse } from './dto/audit-event.response';
import { sendJsonLines } from './json-lines';

/** What everybody did is for those who may do everything: it tells of others, and holds what they sent. */
@ApiTags('Audit')
@Controller('audit-events')
@RequireScope('admin')
export class AuditEventController {
  constructor(private readonly events: AuditEventService) {}

  @Get()
  @ApiOperation({
    operationId: 'listAuditEvents',
    summary: 'List what was done over MCP, and what was changed over REST, newest first',
    description: 'An event is in the list within a second.',
  })
  @ApiOkResponse({ type: AuditEventPageResponse })
  @ApiErrors('INVALID_REQUEST')
  async list(@Query() query: AuditEventQueryDto): Promise<AuditEventPageResponse> {
    return mapPage(await this.events.list(query), toAuditEventResponse);
  }

  @Get('export')
  @ApiOperation({
    operationId: 'exportAuditEvents',
    summary: 'Take audit events away as JSON lines, oldest first',
    description:
      'One event a line, as in the list, up to the moment of the request. An answer that breaks off is not whole.',
  })
  @ApiResponse({
    status: 200,
    description: 'The events',
    content: { 'application/x-ndjson': { schema: { type: 'string' } } },
  })
  @ApiErrors('INVALID_REQUEST')
  async export(@Query() query: AuditEventFilterDto, @Res() response: Response): Promise<void> {
    await sendJsonLines(this.events.export(query), response);
  }

  @Get(':event_id')
  @Tagged()
  @ApiOperation({ operationId: 'getAuditEvent', summary: 'Get an audit event' })
  @ApiOkResponse({ type: AuditEventResponse })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND')
  async get(@Param('event_id', UuidPipe) id: string): Promise<AuditEventResponse> {
    return toAuditEventResponse(await this.events.get(id));
  }
}
