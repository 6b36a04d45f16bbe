import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsInt, IsUUID, Max, Min } from 'class-validator';

import { IfGiven } from '../../common/validation/if-given.decorator';
import { IsName, MAX_NAME_LENGTH } from '../../common/validation/text.decorators';
import { IsSignatureConfig, SignatureConfigDto } from './signature-config.dto';

export const DEFAULT_RATE_LIMIT = 60;
export const MAX_RATE_LIMIT = 6_000;
export const rateLimitRange = { message: `must be from 1 to ${MAX_RATE_LIMIT}` };

/** What makes a webhook. */
export class CreateWebhookDto {
  @ApiProperty({ minLength: 1, maxLength: MAX_NAME_LENGTH, description: 'Unique', example: 'orders-arrived' })
  @IsName()
  name!: string;

  @ApiProperty({ format: 'uuid', description: 'The workflow to run, at the latest version of each post' })
  @IsUUID(undefined, { message: 'must be a UUID' })
  workflowDefinitionId!: string;

  @ApiPropertyOptional({ default: true, description: 'Posts to a webhook that is not are refused' })
  @IfGiven()
  @IsBoolean({ message: 'must be true or false' })
  enabled?: boolean;

  @ApiPropertyOptional({
    type: SignatureConfigDto,
    description: 'Left out: whoever has the address may post. `secret` is required here',
  })
  @IfGiven()
  @IsSignatureConfig()
  signature?: SignatureConfigDto;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: MAX_RATE_LIMIT,
    default: DEFAULT_RATE_LIMIT,
    description: 'How many posts start a run in a minute',
  })
  @IfGiven()
  @Max(MAX_RATE_LIMIT, rateLimitRange)
  @Min(1, rateLimitRange)
  @IsInt({ message: 'must be an integer' })
  rateLimitPerMinute?: number;
}
