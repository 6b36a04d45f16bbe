import { Body, Controller, HttpCode, Post, Query, UseInterceptors } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';

import type { CallerKey } from '../common/auth/caller-key';
import { CurrentKey } from '../common/auth/current-key.decorator';
import { RequireScope } from '../common/auth/require-scope.decorator';
import { ApiErrors } from '../common/errors/api-errors.decorator';
import { invalidRequest } from '../common/errors/invalid-request';
import { LargeBodyInterceptor } from '../common/http/large-body.interceptor';
import { schemaReference } from '../common/openapi/schema-names';
import type { Issue } from '../engine/core/issue';
import type { Result } from '../engine/core/result';
import type { Configuration } from './core/configuration-document';
import { readDocument } from './core/read-document';
import { readMcpJson } from './core/read-mcp-json';
import { ImportBody } from './dto/import-body';
import { readServerJson } from './core/read-server-json';
import type { ReadServers } from './core/server-entry';
import { DryRunQueryDto, ImportQueryDto } from './dto/import-query.dto';
import { ImportServerJsonQueryDto } from './dto/server-json-query.dto';
import { ImportReportResponse } from './dto/import-report.response';
import { toImportReportResponse } from './import-report.mapper';
import { ImportService } from './import.service';

@ApiTags('Import and export')
@Controller('import')
@RequireScope('write')
@UseInterceptors(LargeBodyInterceptor)
export class ImportController {
  constructor(private readonly imports: ImportService) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({
    operationId: 'importConfiguration',
    summary: 'Import a configuration, or tell by `dry_run` what that would change',
    description:
      'What is here already is left alone, nothing is deleted, and a second time changes nothing. Needs the scope `read` too; `code` and `secrets` where creating the same would.',
  })
  @ApiBody({ schema: schemaReference('configuration') })
  @ApiOkResponse({ type: ImportReportResponse })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND', 'CONFLICT')
  async importAll(
    @Body() { document }: ImportBody,
    @Query() query: ImportQueryDto,
    @CurrentKey() caller: CallerKey,
  ): Promise<ImportReportResponse> {
    const wanted = { configuration: valueOf(readDocument(document)), newSecrets: [] };
    return toImportReportResponse(await this.imports.import(() => wanted, query, caller));
  }

  @Post('mcp-json')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'importMcpJson',
    summary: 'Import the servers of an mcp.json of Claude, Cursor or VS Code',
    description:
      'Each becomes a component, or a new version of the one with its name. A credential that is written out becomes a secret (scope `secrets`); `${NAME}`, `${env:NAME}` and `${input:id}` refer to secrets that must be here.',
  })
  @ApiBody({ schema: schemaReference('mcpJson') })
  @ApiOkResponse({ type: ImportReportResponse })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND', 'CONFLICT')
  async importMcpJson(
    @Body() { document }: ImportBody,
    @Query() { dryRun }: DryRunQueryDto,
    @CurrentKey() caller: CallerKey,
  ): Promise<ImportReportResponse> {
    const read = (here: Configuration): ReadServers => valueOf(readMcpJson(document, here));
    return toImportReportResponse(await this.imports.import(read, { dryRun, conflicts: 'refuse' }, caller));
  }

  @Post('server-json')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'importServerJson',
    summary: 'Import a server.json of the MCP registry',
    description:
      'An address is taken before a package; of packages those of npm and pypi can be run. Secret values become references to secrets, which must be here.',
  })
  @ApiBody({ schema: schemaReference('serverJson') })
  @ApiOkResponse({ type: ImportReportResponse })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND', 'CONFLICT')
  async importServerJson(
    @Body() { document }: ImportBody,
    @Query() { dryRun, name }: ImportServerJsonQueryDto,
    @CurrentKey() caller: CallerKey,
  ): Promise<ImportReportResponse> {
    const read = (here: Configuration): ReadServers => valueOf(readServerJson(document, here, name ?? null));
    return toImportReportResponse(await this.imports.import(read, { dryRun, conflicts: 'refuse' }, caller));
  }
}

/** @throws AppError INVALID_REQUEST with every fault of what was read */
function valueOf<Value>(read: Result<Value, Issue[]>): Value {
  if (!read.ok) throw invalidRequest(read.error);
  return read.value;
}
