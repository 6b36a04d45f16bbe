import type { SecretResponse } from './dto/secret.response';
import type { SecretRecord } from './secret.repository';

export function toSecretResponse({
  id,
  name,
  description,
  revision,
  createdAt,
  updatedAt,
}: SecretRecord): SecretResponse {
  return { id, name, description, revision, createdAt, updatedAt };
}
