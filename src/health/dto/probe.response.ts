import { ApiProperty, getSchemaPath } from '@nestjs/swagger';

export const PROBE_STATUSES = ['ok', 'degraded', 'error', 'shutting_down'] as const;
export const CHECK_STATUSES = ['up', 'degraded', 'down'] as const;

/** One thing that was looked at. */
export class ProbeCheckResponse {
  @ApiProperty({ enum: CHECK_STATUSES })
  status!: (typeof CHECK_STATUSES)[number];

  @ApiProperty({ type: String, nullable: true, description: 'What is wrong; null when nothing is' })
  message!: string | null;
}

/** What a probe is answered, in the words of Terminus. */
export class ProbeResponse {
  @ApiProperty({
    enum: PROBE_STATUSES,
    description: '`ok` and `degraded` come with 200, `error` and `shutting_down` with 503',
  })
  status!: (typeof PROBE_STATUSES)[number];

  @ApiProperty({
    type: 'object',
    additionalProperties: { $ref: getSchemaPath(ProbeCheckResponse) },
    description: 'What was looked at, by name',
  })
  details!: Record<string, ProbeCheckResponse>;
}
