import { Body, Controller, Delete, Get, Param, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';

import { RequireScope } from '../common/auth/require-scope.decorator';
import { ApiErrors } from '../common/errors/api-errors.decorator';
import { MessageResponse } from '../common/http/message.response';
import { PageQueryDto } from '../common/pagination/page-query.dto';
import { mapPage } from '../common/pagination/page';
import { UuidPipe } from '../common/wire/uuid.pipe';
import { toApiKeyResponse, toCreatedApiKeyResponse } from './api-key.mapper';
import { ApiKeyService } from './api-key.service';
import { ApiKeyPageResponse, CreatedApiKeyResponse } from './dto/api-key.response';
import { CreateApiKeyDto } from './dto/create-api-key.dto';

@ApiTags('API keys')
@Controller('api-keys')
@RequireScope('admin')
export class ApiKeyController {
  constructor(private readonly keys: ApiKeyService) {}

  @Get()
  @ApiOperation({ operationId: 'listApiKeys', summary: 'List API keys, newest first' })
  @ApiOkResponse({ type: ApiKeyPageResponse })
  @ApiErrors('INVALID_REQUEST')
  async list(@Query() query: PageQueryDto): Promise<ApiKeyPageResponse> {
    return mapPage(await this.keys.list(query), toApiKeyResponse);
  }

  @Post()
  @ApiOperation({ operationId: 'createApiKey', summary: 'Make an API key; its text is shown this once' })
  @ApiCreatedResponse({ type: CreatedApiKeyResponse })
  @ApiErrors('INVALID_REQUEST')
  async create(@Body() body: CreateApiKeyDto): Promise<CreatedApiKeyResponse> {
    return toCreatedApiKeyResponse(await this.keys.create(body));
  }

  @Delete(':key_id')
  @ApiOperation({ operationId: 'deleteApiKey', summary: 'Delete an API key; it ends at once' })
  @ApiOkResponse({ type: MessageResponse })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND', 'CONFLICT')
  async delete(@Param('key_id', UuidPipe) keyId: string): Promise<MessageResponse> {
    await this.keys.delete(keyId);
    return { message: 'API key deleted successfully' };
  }
}
