import { ApiProperty } from '@nestjs/swagger';

import { IsVersion } from './is-version.decorator';

/** What a version is compared with. */
export class VersionDiffQueryDto {
  @ApiProperty({
    example: '1.0.0',
    description: 'The version to begin from: what it lacks is `added`. It may be older or newer',
  })
  @IsVersion()
  against!: string;
}
