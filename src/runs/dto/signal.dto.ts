import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsString, MaxLength } from 'class-validator';
import { IfGiven } from '../../common/validation/if-given.decorator';
import { APPROVAL_DECISIONS, type ApprovalDecision } from '../../engine/core/signal';

const MAX_COMMENT_LENGTH = 10_000;

/** What decides an approval. */
export class ApprovalDto {
  @ApiProperty({ enum: APPROVAL_DECISIONS })
  @IsIn(APPROVAL_DECISIONS, { message: `must be one of: ${APPROVAL_DECISIONS.join(', ')}` })
  decision!: ApprovalDecision;

  @ApiPropertyOptional({ maxLength: MAX_COMMENT_LENGTH })
  @IfGiven()
  @MaxLength(MAX_COMMENT_LENGTH, { message: `must have at most ${MAX_COMMENT_LENGTH} characters` })
  @IsString({ message: 'must be a string' })
  comment?: string;
}
