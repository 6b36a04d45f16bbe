import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsInt, IsUUID, Max, Min, ValidateIf } from 'class-validator';

import { IfGiven } from '../../common/validation/if-given.decorator';
import { IsName, MAX_NAME_LENGTH } from '../../common/validation/text.decorators';
import { MAX_RATE_LIMIT, rateLimitRange } from './create-webhook.dto';
import { IsSignatureConfig, SignatureConfigDto } from './signature-config.dto';

/** What changes a webhook: a field that is left out stays as it is. */
export class UpdateWebhookDto {
  @ApiPropertyOptional({ minLength: 1, maxLength: MAX_NAME_LENGTH })
  @IfGiven()
  @IsName()
  name?: string;

  @ApiPropertyOptional({ format: 'uuid' })
  @IfGiven()
  @IsUUID(undefined, { message: 'must be a UUID' })
  workflowDefinitionId?: string;

  @ApiPropertyOptional()
  @IfGiven()
  @IsBoolean({ message: 'must be true or false' })
  enabled?: boolean;

  @ApiPropertyOptional({
    type: SignatureConfigDto,
    nullable: true,
    description: 'Null: posts need no signature any more',
  })
  @ValidateIf((_dto, value) => value !== undefined && value !== null)
  @IsSignatureConfig()
  signature?: SignatureConfigDto | null;

  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: MAX_RATE_LIMIT })
  @IfGiven()
  @Max(MAX_RATE_LIMIT, rateLimitRange)
  @Min(1, rateLimitRange)
  @IsInt({ message: 'must be an integer' })
  rateLimitPerMinute?: number;
}
