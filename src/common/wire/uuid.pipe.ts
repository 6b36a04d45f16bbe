import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';

import { invalidRequest } from '../errors/invalid-request';
import { isUuid } from './is-uuid';

/** For ids in paths: `@Param('run_id', UuidPipe)`. Refuses what is no UUID, and gives it in lower case. */
@Injectable()
export class UuidPipe implements PipeTransform<string, string> {
  transform(value: string, { data }: ArgumentMetadata): string {
    if (!isUuid(value)) throw invalidRequest([{ path: data ?? 'id', message: 'must be a UUID' }]);
    return value.toLowerCase();
  }
}
