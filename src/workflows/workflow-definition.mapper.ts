import type { VersionRecord } from '../common/versioning/definition-records';
import { Json } from '../common/wire/json';
import type { WorkflowDefinitionResponse, WorkflowVersionResponse } from './dto/workflow-definition.response';
import type { WorkflowDefinitionRecord } from './workflow-definition.repository';

export function toWorkflowDefinitionResponse(workflow: WorkflowDefinitionRecord): WorkflowDefinitionResponse {
  return {
    id: workflow.id,
    name: workflow.name,
    description: workflow.description,
    labels: new Json(workflow.labels),
    exposeAsTool: workflow.exposeAsTool,
    revision: workflow.revision,
    createdAt: workflow.createdAt,
    updatedAt: workflow.updatedAt,
    latestVersion: toWorkflowVersionResponse(workflow.latest),
  };
}

export function toWorkflowVersionResponse(version: VersionRecord): WorkflowVersionResponse {
  return {
    id: version.id,
    version: version.version,
    spec: new Json(version.document),
    isLatest: version.isLatest,
    createdAt: version.createdAt,
  };
}
