import { ApiProperty } from '@nestjs/swagger';

import { REVISION_SCHEMA } from '../../common/conditional/revision-schema';
import { IssueResponse } from '../../common/errors/error.response';
import type { Labels } from '../../common/labels/is-labels.decorator';
import { LABELS_SCHEMA, SPEC_SCHEMA } from '../../common/openapi/schema-names';
import { PageResponse } from '../../common/pagination/page.response';
import type { Json } from '../../common/wire/json';
import type { Issue } from '../../engine/core/issue';
import type { JsonObject } from '../../engine/core/json';

/** One version of a workflow. */
export class WorkflowVersionResponse {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ example: '1.0.0' })
  version!: string;

  @ApiProperty(SPEC_SCHEMA)
  spec!: Json<JsonObject>;

  @ApiProperty({ description: 'Whether runs that start now get this one' })
  isLatest!: boolean;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt!: Date;
}

/** A workflow with its latest version. */
export class WorkflowDefinitionResponse {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty()
  name!: string;

  @ApiProperty()
  description!: string;

  @ApiProperty(LABELS_SCHEMA)
  labels!: Json<Labels>;

  @ApiProperty({ description: 'Whether clients of the MCP endpoint see it as a tool' })
  exposeAsTool!: boolean;

  @ApiProperty(REVISION_SCHEMA)
  revision!: number;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt!: Date;

  @ApiProperty({ type: String, format: 'date-time' })
  updatedAt!: Date;

  @ApiProperty({ type: WorkflowVersionResponse })
  latestVersion!: WorkflowVersionResponse;
}

export class WorkflowDefinitionPageResponse extends PageResponse(WorkflowDefinitionResponse) {}

export class WorkflowVersionPageResponse extends PageResponse(WorkflowVersionResponse) {}

/** Whether a workflow could be stored. */
export class WorkflowValidationResponse {
  @ApiProperty()
  valid!: boolean;

  @ApiProperty({ type: [IssueResponse], description: 'Empty when the workflow is valid' })
  errors!: readonly Issue[];
}
