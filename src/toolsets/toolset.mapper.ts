import { Json } from '../common/wire/json';
import type { ToolsetResponse } from './dto/toolset.response';
import type { ToolsetRecord } from './toolset';
import { writeMember } from './toolset-members';

export function toToolsetResponse(toolset: ToolsetRecord): ToolsetResponse {
  return {
    id: toolset.id,
    name: toolset.name,
    description: toolset.description,
    path: `/mcp/${toolset.name}`,
    mode: toolset.mode,
    members: new Json(toolset.members?.map(writeMember) ?? null),
    allow: toolset.allow,
    deny: toolset.deny,
    revision: toolset.revision,
    createdAt: toolset.createdAt,
    updatedAt: toolset.updatedAt,
  };
}
