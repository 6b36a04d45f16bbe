import { IsObject } from 'class-validator';

import { RestFields } from '../../common/wire/rest-fields.decorator';
import type { JsonObject } from '../../engine/core/json';

/** What is imported: a whole document, judged by its reader. */
export class ImportBody {
  @RestFields()
  @IsObject()
  document!: JsonObject;
}
