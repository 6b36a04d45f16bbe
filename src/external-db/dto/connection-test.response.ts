import { ApiProperty } from '@nestjs/swagger';

import { ERROR_CODES, type ErrorCode } from '../../common/errors/error-codes';

/** Why a database cannot be used. */
export class ConnectionTestErrorResponse {
  @ApiProperty({ enum: Object.keys(ERROR_CODES) })
  code!: ErrorCode;

  @ApiProperty({ description: 'What is wrong, as a sentence' })
  detail!: string;
}

/** What a test of a connection found. */
export class ConnectionTestResponse {
  @ApiProperty({ description: 'Whether the database answered' })
  ok!: boolean;

  @ApiProperty({ type: String, nullable: true, description: 'As the server calls itself' })
  serverVersion!: string | null;

  @ApiProperty({ type: Number, nullable: true, description: 'Of one short statement, in milliseconds' })
  latencyMs!: number | null;

  @ApiProperty({ type: ConnectionTestErrorResponse, nullable: true })
  error!: ConnectionTestErrorResponse | null;
}
