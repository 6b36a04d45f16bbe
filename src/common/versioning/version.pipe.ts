import { Injectable, type PipeTransform } from '@nestjs/common';

import { invalidRequest } from '../errors/invalid-request';
import { parseVersion } from './semantic-version';

/** For version numbers in paths: refuses what is none. */
@Injectable()
export class VersionPipe implements PipeTransform<string, string> {
  transform(value: string): string {
    if (parseVersion(value) === null) {
      throw invalidRequest([
        { path: 'version', message: 'must be a version MAJOR.MINOR.PATCH, as in 1.2.0' },
      ]);
    }
    return value;
  }
}
