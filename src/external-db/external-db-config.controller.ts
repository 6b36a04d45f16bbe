import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';

import type { CallerKey } from '../common/auth/caller-key';
import { CurrentKey } from '../common/auth/current-key.decorator';
import { RequireScope } from '../common/auth/require-scope.decorator';
import type { ExpectedRevisions } from '../common/conditional/expected-revisions';
import { IfMatch } from '../common/conditional/if-match.decorator';
import { Tagged } from '../common/conditional/tagged.decorator';
import { ApiErrors } from '../common/errors/api-errors.decorator';
import { ClientSignal } from '../common/http/client-signal.decorator';
import { MessageResponse } from '../common/http/message.response';
import { Idempotent } from '../common/idempotency/idempotent.decorator';
import { mapPage } from '../common/pagination/page';
import { UuidPipe } from '../common/wire/uuid.pipe';
import { ConnectionTestResponse } from './dto/connection-test.response';
import { CreateExternalDbConfigDto } from './dto/create-external-db-config.dto';
import { DatabaseSchemaResponse } from './dto/database-schema.response';
import { ExternalDbConfigQueryDto } from './dto/external-db-config-query.dto';
import { ExternalDbConfigPageResponse, ExternalDbConfigResponse } from './dto/external-db-config.response';
import { QueryResultResponse } from './dto/query-result.response';
import { RunQueryDto } from './dto/run-query.dto';
import { SchemaQueryDto } from './dto/schema-query.dto';
import { UpdateExternalDbConfigDto } from './dto/update-external-db-config.dto';
import { ExternalDatabasesService } from './external-databases.service';
import {
  toConnectionTestResponse,
  toExternalDbConfigResponse,
  toQueryResultResponse,
  toSqlQuery,
} from './external-db-config.mapper';
import { ExternalDbConfigService } from './external-db-config.service';

@ApiTags('External databases')
@Controller('external-db-configs')
@RequireScope('write')
export class ExternalDbConfigController {
  constructor(
    private readonly configs: ExternalDbConfigService,
    private readonly databases: ExternalDatabasesService,
  ) {}

  @Get()
  @RequireScope('read')
  @ApiOperation({
    operationId: 'listExternalDbConfigs',
    summary: 'List external database configurations, newest first',
  })
  @ApiOkResponse({ type: ExternalDbConfigPageResponse })
  @ApiErrors('INVALID_REQUEST')
  async list(@Query() query: ExternalDbConfigQueryDto): Promise<ExternalDbConfigPageResponse> {
    return mapPage(await this.configs.list(query), toExternalDbConfigResponse);
  }

  @Post()
  @Idempotent()
  @Tagged()
  @ApiOperation({
    operationId: 'createExternalDbConfig',
    summary: 'Create an external database configuration',
  })
  @ApiCreatedResponse({ type: ExternalDbConfigResponse })
  @ApiErrors('INVALID_REQUEST', 'CONFLICT')
  async create(@Body() body: CreateExternalDbConfigDto): Promise<ExternalDbConfigResponse> {
    return toExternalDbConfigResponse(await this.configs.create(body));
  }

  @Get(':config_id')
  @Tagged()
  @RequireScope('read')
  @ApiOperation({ operationId: 'getExternalDbConfig', summary: 'Get an external database configuration' })
  @ApiOkResponse({ type: ExternalDbConfigResponse })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND')
  async get(@Param('config_id', UuidPipe) id: string): Promise<ExternalDbConfigResponse> {
    return toExternalDbConfigResponse(await this.configs.get(id));
  }

  @Put(':config_id')
  @Tagged()
  @ApiOperation({
    operationId: 'updateExternalDbConfig',
    summary: 'Change an external database configuration; its connections are made anew',
  })
  @ApiOkResponse({ type: ExternalDbConfigResponse })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND', 'CONFLICT')
  async update(
    @Param('config_id', UuidPipe) id: string,
    @Body() body: UpdateExternalDbConfigDto,
    @IfMatch() expected: ExpectedRevisions,
  ): Promise<ExternalDbConfigResponse> {
    return toExternalDbConfigResponse(await this.configs.update(id, body, expected));
  }

  @Delete(':config_id')
  @ApiOperation({
    operationId: 'deleteExternalDbConfig',
    summary: 'Delete an external database configuration that no component uses',
  })
  @ApiOkResponse({ type: MessageResponse })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND', 'CONFLICT')
  async delete(
    @Param('config_id', UuidPipe) id: string,
    @IfMatch() expected: ExpectedRevisions,
  ): Promise<MessageResponse> {
    await this.configs.delete(id, expected);
    return { message: 'External database configuration deleted successfully' };
  }

  @Post(':config_id/test')
  @HttpCode(200)
  @RequireScope('run')
  @ApiOperation({
    operationId: 'testExternalDbConfig',
    summary: 'Connect to an external database, and say what it is or why it cannot be used',
  })
  @ApiOkResponse({ type: ConnectionTestResponse })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND')
  async test(
    @Param('config_id', UuidPipe) id: string,
    @ClientSignal() signal: AbortSignal,
  ): Promise<ConnectionTestResponse> {
    return toConnectionTestResponse(await this.databases.test(id, signal));
  }

  @Get(':config_id/schema')
  @RequireScope('read')
  @ApiOperation({
    operationId: 'getExternalDbSchema',
    summary: 'Read the schemas, tables, columns and foreign keys of an external database',
  })
  @ApiOkResponse({ type: DatabaseSchemaResponse })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND', 'UNPROCESSABLE', 'CONNECTION_FAILED', 'TIMEOUT')
  async readSchema(
    @Param('config_id', UuidPipe) id: string,
    @Query() query: SchemaQueryDto,
    @ClientSignal() signal: AbortSignal,
  ): Promise<DatabaseSchemaResponse> {
    return this.databases.readSchema(id, query, signal);
  }

  @Post(':config_id/query')
  @HttpCode(200)
  @RequireScope('run')
  @ApiOperation({
    operationId: 'queryExternalDb',
    summary: 'Run one SQL statement in an external database',
    description:
      'In a transaction that may only read, unless the configuration has `allow_writes` and the key the scope `write`. ' +
      'Ended on the server when the client goes away.',
  })
  @ApiOkResponse({ type: QueryResultResponse })
  @ApiErrors(
    'INVALID_REQUEST',
    'NOT_FOUND',
    'UNPROCESSABLE',
    'OUTPUT_TOO_LARGE',
    'CONNECTION_FAILED',
    'TIMEOUT',
  )
  async query(
    @Param('config_id', UuidPipe) id: string,
    @Body() body: RunQueryDto,
    @CurrentKey() caller: CallerKey,
    @ClientSignal() signal: AbortSignal,
  ): Promise<QueryResultResponse> {
    return toQueryResultResponse(await this.databases.query(id, toSqlQuery(body, caller, signal)));
  }
}
