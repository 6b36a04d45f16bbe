import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';

import { assertScope } from '../common/auth/assert-scope';
import type { CallerKey } from '../common/auth/caller-key';
import { CurrentKey } from '../common/auth/current-key.decorator';
import { RequireScope } from '../common/auth/require-scope.decorator';
import type { ExpectedRevisions } from '../common/conditional/expected-revisions';
import { IfMatch } from '../common/conditional/if-match.decorator';
import { Tagged } from '../common/conditional/tagged.decorator';
import { ApiErrors } from '../common/errors/api-errors.decorator';
import { MessageResponse } from '../common/http/message.response';
import { Idempotent } from '../common/idempotency/idempotent.decorator';
import { mapPage } from '../common/pagination/page';
import { UuidPipe } from '../common/wire/uuid.pipe';
import { CreateScheduleDto } from './dto/create-schedule.dto';
import { ScheduleQueryDto } from './dto/schedule-query.dto';
import { SchedulePageResponse, ScheduleResponse } from './dto/schedule.response';
import { UpdateScheduleDto } from './dto/update-schedule.dto';
import { toScheduleResponse } from './schedule.mapper';
import { ScheduleService } from './schedule.service';

/** What makes a schedule start runs needs `run` as well: it acts for whoever wrote it. */
@ApiTags('Schedules')
@Controller('schedules')
@RequireScope('write')
export class ScheduleController {
  constructor(private readonly schedules: ScheduleService) {}

  @Get()
  @RequireScope('read')
  @ApiOperation({ operationId: 'listSchedules', summary: 'List schedules, newest first' })
  @ApiOkResponse({ type: SchedulePageResponse })
  @ApiErrors('INVALID_REQUEST')
  async list(@Query() query: ScheduleQueryDto): Promise<SchedulePageResponse> {
    return mapPage(await this.schedules.list(query), toScheduleResponse);
  }

  @Post()
  @Idempotent()
  @Tagged()
  @ApiOperation({
    operationId: 'createSchedule',
    summary: 'Run a workflow at certain times',
    description: 'Needs the scopes `write` and `run`.',
  })
  @ApiCreatedResponse({ type: ScheduleResponse })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND', 'CONFLICT')
  async create(@Body() body: CreateScheduleDto, @CurrentKey() key: CallerKey): Promise<ScheduleResponse> {
    assertScope(key, 'run');
    return toScheduleResponse(await this.schedules.create(body));
  }

  @Get(':schedule_id')
  @Tagged()
  @RequireScope('read')
  @ApiOperation({ operationId: 'getSchedule', summary: 'Get a schedule with its next times and last run' })
  @ApiOkResponse({ type: ScheduleResponse })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND')
  async get(@Param('schedule_id', UuidPipe) id: string): Promise<ScheduleResponse> {
    return toScheduleResponse(await this.schedules.get(id));
  }

  @Put(':schedule_id')
  @Tagged()
  @ApiOperation({
    operationId: 'updateSchedule',
    summary: 'Change a schedule',
    description: 'Fields that are left out stay. Needs the scopes `write` and `run`.',
  })
  @ApiOkResponse({ type: ScheduleResponse })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND', 'CONFLICT')
  async update(
    @Param('schedule_id', UuidPipe) id: string,
    @Body() body: UpdateScheduleDto,
    @CurrentKey() key: CallerKey,
    @IfMatch() expected: ExpectedRevisions,
  ): Promise<ScheduleResponse> {
    assertScope(key, 'run');
    return toScheduleResponse(await this.schedules.update(id, body, expected));
  }

  @Delete(':schedule_id')
  @ApiOperation({ operationId: 'deleteSchedule', summary: 'Delete a schedule; its runs go on' })
  @ApiOkResponse({ type: MessageResponse })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND')
  async delete(
    @Param('schedule_id', UuidPipe) id: string,
    @IfMatch() expected: ExpectedRevisions,
  ): Promise<MessageResponse> {
    await this.schedules.delete(id, expected);
    return { message: 'Schedule deleted successfully' };
  }

  @Post(':schedule_id/pause')
  @Tagged()
  @HttpCode(200)
  @ApiOperation({
    operationId: 'pauseSchedule',
    summary: 'Start no more runs until it is resumed; runs under way go on',
  })
  @ApiOkResponse({ type: ScheduleResponse })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND', 'CONFLICT')
  async pause(
    @Param('schedule_id', UuidPipe) id: string,
    @IfMatch() expected: ExpectedRevisions,
  ): Promise<ScheduleResponse> {
    return toScheduleResponse(await this.schedules.update(id, { enabled: false }, expected));
  }

  @Post(':schedule_id/resume')
  @Tagged()
  @HttpCode(200)
  @ApiOperation({
    operationId: 'resumeSchedule',
    summary: 'Start runs again from the next time on',
    description:
      'Times that passed while it was paused are not caught up. Needs the scopes `write` and `run`.',
  })
  @ApiOkResponse({ type: ScheduleResponse })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND', 'CONFLICT')
  async resume(
    @Param('schedule_id', UuidPipe) id: string,
    @CurrentKey() key: CallerKey,
    @IfMatch() expected: ExpectedRevisions,
  ): Promise<ScheduleResponse> {
    assertScope(key, 'run');
    return toScheduleResponse(await this.schedules.update(id, { enabled: true }, expected));
  }
}
