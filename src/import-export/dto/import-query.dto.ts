import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn } from 'class-validator';

import { IfGiven } from '../../common/validation/if-given.decorator';
import { CONFLICT_RULES, type ConflictRule } from '../core/import-plan';

/** Whether an import is done or only planned. */
export class DryRunQueryDto {
  @ApiPropertyOptional({
    default: false,
    description: 'Only tells what would be done, conflicts included, and changes nothing',
  })
  @IfGiven()
  @IsBoolean({ message: 'must be true or false' })
  dryRun: boolean = false;
}

/** How a configuration is imported. */
export class ImportQueryDto extends DryRunQueryDto {
  @ApiPropertyOptional({
    enum: CONFLICT_RULES,
    default: 'refuse',
    description:
      'What is done about a definition with a version that says something else here: nothing is imported, or its latest becomes a new version',
  })
  @IfGiven()
  @IsIn(CONFLICT_RULES, { message: `must be one of ${CONFLICT_RULES.join(', ')}` })
  conflicts: ConflictRule = 'refuse';
}
