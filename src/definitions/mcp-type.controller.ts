import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';

import { RequireScope } from '../common/auth/require-scope.decorator';
import { ComponentRegistry } from '../components/component-registry';
import { McpTypeListResponse } from './dto/mcp-type.response';
import { toMcpTypeResponse } from './mcp-definition.mapper';

@ApiTags('MCP definitions')
@Controller('mcp-types')
@RequireScope('read')
export class McpTypeController {
  constructor(private readonly components: ComponentRegistry) {}

  @Get()
  @ApiOperation({
    operationId: 'listMcpTypes',
    summary: 'List the types of component, with the schema of their configuration and an example',
  })
  @ApiOkResponse({ type: McpTypeListResponse })
  list(): McpTypeListResponse {
    return { items: this.components.types.map(toMcpTypeResponse) };
  }
}
