import { ApiProperty } from '@nestjs/swagger';

/** Whether code of components runs apart from this machine. */
export class CodeSandboxResponse {
  @ApiProperty()
  available!: boolean;

  @ApiProperty({ type: String, nullable: true, description: 'Why there is none; null when there is one' })
  reason!: string | null;
}

export class HealthResponse {
  @ApiProperty({ enum: ['healthy', 'unhealthy'] })
  status!: 'healthy' | 'unhealthy';

  @ApiProperty({ example: '1.0.0', description: "The program's version" })
  version!: string;

  @ApiProperty({
    type: CodeSandboxResponse,
    description:
      'The Linux sandbox, as a probe at the start found it. The program is healthy without one too',
  })
  codeSandbox!: CodeSandboxResponse;
}
