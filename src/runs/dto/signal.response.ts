import { ApiProperty } from '@nestjs/swagger';
import type { Json } from '../../common/wire/json';
import { anyJson } from './run.response';

/** A signal as it was recorded for its step. */
export class SignalResponse {
  @ApiProperty({ format: 'uuid' })
  runId!: string;
  @ApiProperty({ example: 'sign_off' })
  name!: string;
  @ApiProperty(anyJson)
  payload!: Json;
  @ApiProperty({ format: 'uuid', description: 'The API key that sent it' })
  sentBy!: string;
  @ApiProperty({ format: 'date-time' })
  sentAt!: Date;
}
