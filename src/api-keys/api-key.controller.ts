import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';

import { RequireScope } from '../common/auth/require-scope.decorator';
import type { ExpectedRevisions } from '../common/conditional/expected-revisions';
import { IfMatch } from '../common/conditional/if-match.decorator';
import { Tagged } from '../common/conditional/tagged.decorator';
import { ApiErrors } from '../common/errors/api-errors.decorator';
import { MessageResponse } from '../common/http/message.response';
import { Idempotent } from '../common/idempotency/idempotent.decorator';
import { mapPage } from '../common/pagination/page';
import { UuidPipe } from '../common/wire/uuid.pipe';
import { toApiKeyResponse, toCreatedApiKeyResponse, toRotatedApiKeyResponse } from './api-key.mapper';
import { ApiKeyService } from './api-key.service';
import { ApiKeyQueryDto } from './dto/api-key-query.dto';
import {
  ApiKeyPageResponse,
  ApiKeyResponse,
  CreatedApiKeyResponse,
  RotatedApiKeyResponse,
} from './dto/api-key.response';
import { CreateApiKeyDto } from './dto/create-api-key.dto';
import { RotateApiKeyDto } from './dto/rotate-api-key.dto';

@ApiTags('API keys')
@Controller('api-keys')
@RequireScope('admin')
export class ApiKeyController {
  constructor(private readonly keys: ApiKeyService) {}

  @Get()
  @ApiOperation({ operationId: 'listApiKeys', summary: 'List API keys, newest first' })
  @ApiOkResponse({ type: ApiKeyPageResponse })
  @ApiErrors('INVALID_REQUEST')
  async list(@Query() query: ApiKeyQueryDto): Promise<ApiKeyPageResponse> {
    return mapPage(await this.keys.list(query), toApiKeyResponse);
  }

  @Post()
  @Idempotent()
  @Tagged()
  @ApiOperation({ operationId: 'createApiKey', summary: 'Make an API key; its text is shown this once' })
  @ApiCreatedResponse({ type: CreatedApiKeyResponse })
  @ApiErrors('INVALID_REQUEST')
  async create(@Body() body: CreateApiKeyDto): Promise<CreatedApiKeyResponse> {
    return toCreatedApiKeyResponse(await this.keys.create(body));
  }

  @Get(':key_id')
  @Tagged()
  @ApiOperation({ operationId: 'getApiKey', summary: 'Get an API key, without its text' })
  @ApiOkResponse({ type: ApiKeyResponse })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND')
  async get(@Param('key_id', UuidPipe) keyId: string): Promise<ApiKeyResponse> {
    return toApiKeyResponse(await this.keys.get(keyId));
  }

  @Post(':key_id/rotate')
  @Idempotent()
  @Tagged()
  @HttpCode(200)
  @ApiOperation({
    operationId: 'rotateApiKey',
    summary: 'Give an API key a new text, shown this once',
    description:
      'Id, name, scopes and end stay. The text that the key had works for `grace_seconds` more; texts of earlier ' +
      'rotations end no later than that, so that a rotation without grace ends all of them.',
  })
  @ApiBody({ type: RotateApiKeyDto, required: false })
  @ApiOkResponse({ type: RotatedApiKeyResponse })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND', 'CONFLICT')
  async rotate(
    @Param('key_id', UuidPipe) keyId: string,
    @Body() { graceSeconds = 0 }: RotateApiKeyDto,
    @IfMatch() expected: ExpectedRevisions,
  ): Promise<RotatedApiKeyResponse> {
    return toRotatedApiKeyResponse(await this.keys.rotate(keyId, graceSeconds, expected));
  }

  @Delete(':key_id')
  @ApiOperation({ operationId: 'deleteApiKey', summary: 'Delete an API key; it ends at once' })
  @ApiOkResponse({ type: MessageResponse })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND', 'CONFLICT')
  async delete(
    @Param('key_id', UuidPipe) keyId: string,
    @IfMatch() expected: ExpectedRevisions,
  ): Promise<MessageResponse> {
    await this.keys.delete(keyId, expected);
    return { message: 'API key deleted successfully' };
  }
}
