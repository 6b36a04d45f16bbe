import { Injectable } from '@nestjs/common';

import { checkBody } from '../common/wire/check-dto';
import { NAME_TAKEN_ISSUE } from '../common/versioning/versioned-definition.repository';
import type { Issue } from '../engine/core/issue';
import { isJsonObject, type JsonValue } from '../engine/core/json';
import { CreateWorkflowDefinitionDto } from './dto/workflow-definition.dto';
import { WorkflowCheckService } from './workflow-check.service';
import { WorkflowDefinitionRepository } from './workflow-definition.repository';

/** Tells everything that is wrong with a workflow before anybody stores it. */
@Injectable()
export class WorkflowValidationService {
  constructor(
    private readonly workflows: WorkflowDefinitionRepository,
    private readonly checks: WorkflowCheckService,
  ) {}

  /** What creating a workflow from `body` would be refused for; empty when it would be stored. */
  async findIssues(body: JsonValue): Promise<Issue[]> {
    const checked = checkBody(CreateWorkflowDefinitionDto, body);
    if (checked.ok) {
      const { name, spec } = checked.value;
      const isTaken = await this.workflows.isNameTaken(name);
      return [...(isTaken ? [NAME_TAKEN_ISSUE] : []), ...(await this.checks.findIssues(spec))];
    }
    // What is wrong with the body as a whole leaves nothing to judge.
    if (!isJsonObject(body) || checked.error.some(({ path }) => path === '')) return checked.error;
    // The spec is judged even so: its author wants all faults at once.
    const { name: _name, description: _description, labels: _labels, version: _version, ...spec } = body;
    return [...checked.error, ...(await this.checks.findIssues(spec))];
  }
}
