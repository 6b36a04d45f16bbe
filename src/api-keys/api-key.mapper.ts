import type { ListedApiKey } from './api-key.repository';
import type { CreatedApiKey, RotatedApiKey } from './api-key.service';
import type { ApiKeyResponse, CreatedApiKeyResponse, RotatedApiKeyResponse } from './dto/api-key.response';

export function toApiKeyResponse(key: ListedApiKey): ApiKeyResponse {
  return {
    id: key.id,
    name: key.name,
    prefix: key.prefix,
    scopes: key.scopes,
    toolsets: key.toolsetIds,
    revision: key.revision,
    createdAt: key.createdAt,
    lastUsedAt: key.lastUsedAt,
    expiresAt: key.expiresAt,
    rotatedAt: key.rotatedAt,
    previousKeyEndsAt: key.previousKeyEndsAt,
  };
}

export function toCreatedApiKeyResponse({ key, record }: CreatedApiKey): CreatedApiKeyResponse {
  return {
    id: record.id,
    name: record.name,
    key,
    prefix: record.prefix,
    scopes: record.scopes,
    toolsets: record.toolsetIds,
    revision: record.revision,
    createdAt: record.createdAt,
    expiresAt: record.expiresAt,
  };
}

export function toRotatedApiKeyResponse(rotated: RotatedApiKey): RotatedApiKeyResponse {
  const { rotatedAt, previousKeyEndsAt } = rotated;
  return Object.assign(toCreatedApiKeyResponse(rotated), { rotatedAt, previousKeyEndsAt });
}
