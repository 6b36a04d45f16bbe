import { Injectable } from '@nestjs/common';

import { invalidRequest } from '../common/errors/invalid-request';
import { checkBody } from '../common/wire/check-dto';
import { fieldsOf } from '../common/wire/dto-fields';
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

  /**
   * What a workflow is created of.
   *
   * @throws AppError INVALID_REQUEST when a field is wrong, with what is wrong with the spec beside it
   */
  async toDto(body: JsonValue): Promise<CreateWorkflowDefinitionDto> {
    const checked = checkBody(CreateWorkflowDefinitionDto, body);
    if (checked.ok) return checked.value;
    throw invalidRequest(await this.findIssues(body));
  }

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
    const { byWireName } = fieldsOf(CreateWorkflowDefinitionDto);
    const spec = Object.fromEntries(Object.entries(body).filter(([name]) => !byWireName.has(name)));
    return [...checked.error, ...(await this.checks.findIssues(spec))];
  }
}
