import type { EntityResponse } from './dto/entity.response';
import type { EntityDetails } from './entity.service';

export function toEntityResponse({ id, type, data, related, next }: EntityDetails): EntityResponse {
  return { id, type, data, relatedEntities: related, relatedNext: next };
}
