import { ApiProperty } from '@nestjs/swagger';

/** The answer of a request that leaves nothing to show. */
export class MessageResponse {
  @ApiProperty()
  message!: string;
}
