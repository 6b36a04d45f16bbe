import { isUuid } from '../wire/is-uuid';
import type { EntitySource } from './entity-source';

/** Sources of entities whose ids are UUIDs spread it into themselves. */
export const UUID_IDENTITY: Pick<EntitySource, 'idForm' | 'readId'> = {
  idForm: 'a UUID',
  readId: (text) => (isUuid(text) ? text.toLowerCase() : null),
};
