import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

import { Json } from '../wire/json';
import { MAX_CHANGES, MAX_CHANGES_BYTES } from './bounded-changes';
import { CHANGE_OPS, type ChangeOp, type DocumentChange } from './document-diff';
import type { VersionDiff } from './version-diff';

/** One difference between two versions. */
export class DocumentChangeResponse {
  @ApiProperty({
    example: 'steps.fetch.timeout_seconds',
    description: 'Steps stand by their id, items of other lists by their place, from 0',
  })
  path!: string;

  @ApiProperty({ enum: CHANGE_OPS, enumName: 'ChangeOp' })
  op!: ChangeOp;

  @ApiPropertyOptional({ nullable: true, type: Object, description: 'Any JSON; absent for what was added' })
  before?: Json;

  @ApiPropertyOptional({ nullable: true, type: Object, description: 'Any JSON; absent for what was removed' })
  after?: Json;
}

/** What leads from one version to another. */
export class VersionDiffResponse {
  @ApiProperty({ example: '1.0.0', description: 'The version of `against`' })
  from!: string;

  @ApiProperty({ example: '1.1.0' })
  to!: string;

  @ApiProperty({ type: [DocumentChangeResponse], description: 'Empty when the two say the same' })
  changes!: DocumentChangeResponse[];

  @ApiProperty({ type: 'integer', description: 'How many changes there are in all' })
  total!: number;

  @ApiProperty({
    description: `Whether changes are left out: at most ${MAX_CHANGES} are sent, and at most ${MAX_CHANGES_BYTES / 1024 / 1024} MiB`,
  })
  truncated!: boolean;
}

export function toVersionDiffResponse({ from, to, changes, total }: VersionDiff): VersionDiffResponse {
  return { from, to, changes: changes.map(toChangeResponse), total, truncated: changes.length < total };
}

export function toChangeResponse({ path, op, before, after }: DocumentChange): DocumentChangeResponse {
  return {
    path,
    op,
    ...(before !== undefined && { before: new Json(before) }),
    ...(after !== undefined && { after: new Json(after) }),
  };
}
