import { ApiProperty } from '@nestjs/swagger';

/** A column of a table. */
export class ColumnResponse {
  @ApiProperty()
  name!: string;

  @ApiProperty({ description: 'As the database writes it', example: 'character varying(200)' })
  type!: string;

  @ApiProperty()
  nullable!: boolean;

  @ApiProperty({ description: "Whether it is part of the table's primary key" })
  primaryKey!: boolean;
}

/** What a foreign key refers to. */
export class ReferenceResponse {
  @ApiProperty()
  schema!: string;

  @ApiProperty()
  table!: string;

  @ApiProperty({ type: [String] })
  columns!: readonly string[];
}

export class ForeignKeyResponse {
  @ApiProperty()
  name!: string;

  @ApiProperty({ type: [String] })
  columns!: readonly string[];

  @ApiProperty({ type: ReferenceResponse })
  references!: ReferenceResponse;
}

export class TableResponse {
  @ApiProperty()
  name!: string;

  @ApiProperty({ enum: ['table', 'view'] })
  type!: 'table' | 'view';

  @ApiProperty({ type: [ColumnResponse] })
  columns!: readonly ColumnResponse[];

  @ApiProperty({ type: [ForeignKeyResponse] })
  foreignKeys!: readonly ForeignKeyResponse[];
}

export class SchemaResponse {
  @ApiProperty()
  name!: string;

  @ApiProperty({ type: [TableResponse] })
  tables!: readonly TableResponse[];
}

/** What a database holds. */
export class DatabaseSchemaResponse {
  @ApiProperty({ type: [SchemaResponse] })
  schemas!: readonly SchemaResponse[];

  @ApiProperty({ description: 'Whether there is more than is shown: narrow it by `schema` and `table`' })
  truncated!: boolean;
}
