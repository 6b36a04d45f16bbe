import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn } from 'class-validator';

import { IfGiven } from '../../common/validation/if-given.decorator';
import { DefinitionQueryDto } from '../../common/versioning/definition-query.dto';
import { MCP_TYPES, type McpType } from '../../components/component-type';

/** Which components are listed. */
export class McpDefinitionQueryDto extends DefinitionQueryDto {
  @ApiPropertyOptional({ enum: MCP_TYPES, enumName: 'McpType', description: 'Only components of this type' })
  @IfGiven()
  @IsIn(MCP_TYPES, { message: `must be one of ${MCP_TYPES.join(', ')}` })
  mcpType?: McpType;
}
