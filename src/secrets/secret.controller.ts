import { Body, Controller, Delete, Get, Param, Post, Put, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';

import { RequireScope } from '../common/auth/require-scope.decorator';
import type { ExpectedRevisions } from '../common/conditional/expected-revisions';
import { IfMatch } from '../common/conditional/if-match.decorator';
import { Tagged } from '../common/conditional/tagged.decorator';
import { ApiErrors } from '../common/errors/api-errors.decorator';
import { MessageResponse } from '../common/http/message.response';
import { Idempotent } from '../common/idempotency/idempotent.decorator';
import { mapPage } from '../common/pagination/page';
import { UuidPipe } from '../common/wire/uuid.pipe';
import { CreateSecretDto } from './dto/create-secret.dto';
import { SecretQueryDto } from './dto/secret-query.dto';
import { SecretPageResponse, SecretResponse } from './dto/secret.response';
import { UpdateSecretDto } from './dto/update-secret.dto';
import { toSecretResponse } from './secret.mapper';
import { SecretService } from './secret.service';

@ApiTags('Secrets')
@Controller('secrets')
@RequireScope('secrets')
export class SecretController {
  constructor(private readonly secrets: SecretService) {}

  @Get()
  @RequireScope('read')
  @ApiOperation({ operationId: 'listSecrets', summary: 'List secrets, newest first, without their values' })
  @ApiOkResponse({ type: SecretPageResponse })
  @ApiErrors('INVALID_REQUEST')
  async list(@Query() query: SecretQueryDto): Promise<SecretPageResponse> {
    return mapPage(await this.secrets.list(query), toSecretResponse);
  }

  @Post()
  @Idempotent()
  @Tagged()
  @ApiOperation({
    operationId: 'createSecret',
    summary: 'Store a secret',
    description:
      'Configurations of components refer to it as `${{ secrets.NAME }}`. Its value is never shown.',
  })
  @ApiCreatedResponse({ type: SecretResponse })
  @ApiErrors('INVALID_REQUEST', 'CONFLICT')
  async create(@Body() body: CreateSecretDto): Promise<SecretResponse> {
    return toSecretResponse(await this.secrets.create(body));
  }

  @Get(':secret_id')
  @Tagged()
  @RequireScope('read')
  @ApiOperation({ operationId: 'getSecret', summary: 'Get a secret without its value' })
  @ApiOkResponse({ type: SecretResponse })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND')
  async get(@Param('secret_id', UuidPipe) id: string): Promise<SecretResponse> {
    return toSecretResponse(await this.secrets.get(id));
  }

  @Put(':secret_id')
  @Tagged()
  @ApiOperation({ operationId: 'updateSecret', summary: 'Replace the value of a secret, or its description' })
  @ApiOkResponse({ type: SecretResponse })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND')
  async update(
    @Param('secret_id', UuidPipe) id: string,
    @Body() body: UpdateSecretDto,
    @IfMatch() expected: ExpectedRevisions,
  ): Promise<SecretResponse> {
    return toSecretResponse(await this.secrets.update(id, body, expected));
  }

  @Delete(':secret_id')
  @ApiOperation({ operationId: 'deleteSecret', summary: 'Delete a secret that no component refers to' })
  @ApiOkResponse({ type: MessageResponse })
  @ApiErrors('INVALID_REQUEST', 'NOT_FOUND', 'CONFLICT')
  async delete(
    @Param('secret_id', UuidPipe) id: string,
    @IfMatch() expected: ExpectedRevisions,
  ): Promise<MessageResponse> {
    await this.secrets.delete(id, expected);
    return { message: 'Secret deleted successfully' };
  }
}
