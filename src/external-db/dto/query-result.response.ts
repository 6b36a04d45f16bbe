import { ApiProperty } from '@nestjs/swagger';

import type { Json } from '../../common/wire/json';
import type { JsonObject } from '../../engine/core/json';

/** What a statement gave. */
export class QueryResultResponse {
  @ApiProperty({
    type: [String],
    description: 'Names as in the rows; one that repeats has a number appended',
  })
  columns!: readonly string[];

  @ApiProperty({ type: 'array', items: { type: 'object', additionalProperties: true } })
  rows!: Json<readonly JsonObject[]>;

  @ApiProperty({ type: 'integer' })
  rowCount!: number;

  @ApiProperty({ description: 'Whether rows were left out; only with `allow_truncation`' })
  truncated!: boolean;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'Rows changed; null for a statement that changes none',
  })
  affectedRows!: number | null;
}
