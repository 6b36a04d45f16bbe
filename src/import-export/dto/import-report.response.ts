import { ApiProperty } from '@nestjs/swagger';

import { IssueResponse } from '../../common/errors/error.response';
import { MAX_CHANGES } from '../../common/versioning/bounded-changes';
import { DocumentChangeResponse } from '../../common/versioning/version-diff.response';
import { type Section, SECTIONS } from '../core/configuration-document';
import { IMPORT_ACTIONS, type ImportAction } from '../core/import-plan';

/** One thing of an imported document. */
export class ImportChangeResponse {
  @ApiProperty({ enum: SECTIONS, enumName: 'ConfigurationSection' })
  section!: Section;

  @ApiProperty()
  name!: string;

  @ApiProperty({ description: 'Where it stands in the document', example: 'mcp_definitions[0]' })
  path!: string;

  @ApiProperty({
    enum: IMPORT_ACTIONS,
    enumName: 'ImportAction',
    description:
      '`skip`: it is left to you, for the reason in `notes`. `conflict`: it cannot be done, and so nothing is',
  })
  action!: ImportAction;

  @ApiProperty({ type: [String], description: 'The versions that are added', example: ['1.1.0'] })
  newVersions!: readonly string[];

  @ApiProperty({
    type: [DocumentChangeResponse],
    description: `What leads from what was here to what the document says, at most ${MAX_CHANGES}; empty for what is new`,
  })
  differences!: DocumentChangeResponse[];

  @ApiProperty({ type: 'integer', description: 'How many differences there are in all' })
  totalDifferences!: number;

  @ApiProperty({
    type: [IssueResponse],
    description: 'Why it cannot be done; paths are those of the document',
  })
  issues!: IssueResponse[];

  @ApiProperty({ type: [String], description: 'What you should know, in sentences' })
  notes!: readonly string[];
}

/** What an import has done, or would do. */
export class ImportReportResponse {
  @ApiProperty({ description: 'Whether nothing was changed' })
  dryRun!: boolean;

  @ApiProperty({ type: [ImportChangeResponse] })
  changes!: ImportChangeResponse[];

  @ApiProperty({
    type: [String],
    description: 'Secrets that the document lists or refers to, and that are not here',
    example: ['CRM_TOKEN'],
  })
  missingSecrets!: readonly string[];
}
