import { IsObject } from 'class-validator';

import { RestFields } from '../../common/wire/rest-fields.decorator';
import type { JsonObject } from '../../engine/core/json';

/** What is posted to a webhook: any JSON object, the parameters of the run. */
export class WebhookPost {
  @RestFields()
  @IsObject()
  parameters!: JsonObject;
}
