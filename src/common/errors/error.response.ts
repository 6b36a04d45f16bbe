import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

import { ERROR_CODES, type ErrorCode } from './error-codes';

/** One fault of a request, as the OpenAPI document knows it. */
export class IssueResponse {
  @ApiProperty({ description: 'Where, as a path of the body', example: 'config.url' })
  path!: string;

  @ApiProperty({ description: 'What is wrong and what is allowed' })
  message!: string;
}

/** The body of every error, as the OpenAPI document knows it. */
export class ErrorResponse {
  @ApiProperty({ description: 'What went wrong, as a sentence' })
  detail!: string;

  @ApiProperty({ enum: Object.keys(ERROR_CODES), description: 'Stable; for programs' })
  code!: ErrorCode;

  @ApiPropertyOptional({ type: [IssueResponse], description: 'Every fault of an invalid request' })
  errors?: IssueResponse[];

  @ApiProperty({ name: 'request_id', description: 'As in the header `X-Request-Id` and in the log' })
  requestId!: string;
}
