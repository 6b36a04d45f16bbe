import { Injectable } from '@nestjs/common';

import type { ExpectedRevisions } from '../common/conditional/expected-revisions';
import { notFound } from '../common/errors/not-found';
import type { Page } from '../common/pagination/page';
import type { PageQueryDto } from '../common/pagination/page-query.dto';
import { chooseVersion } from '../common/versioning/choose-version';
import { definitionFilter } from '../common/versioning/definition-filter';
import type { VersionRecord } from '../common/versioning/definition-records';
import { lastingChange } from '../common/versioning/lasting-change';
import { newVersionOf } from '../common/versioning/new-version';
import { FIRST_VERSION } from '../common/versioning/semantic-version';
import { definitionInUse } from '../common/versioning/used-definition.error';
import { diffVersions, type VersionDiff } from '../common/versioning/version-diff';
import type {
  CreateWorkflowDefinitionDto,
  CreateWorkflowVersionDto,
  UpdateWorkflowDefinitionDto,
} from './dto/workflow-definition.dto';
import type { WorkflowDefinitionQueryDto } from './dto/workflow-definition-query.dto';
import { WorkflowCheckService } from './workflow-check.service';
import {
  type WorkflowDefinitionRecord,
  WorkflowDefinitionRepository,
} from './workflow-definition.repository';
import { WorkflowUsersService } from './workflow-users.service';

/** The lists of a spec whose items have ids. */
const KEYED_LISTS = { steps: 'id', on_failure: 'id' };

/** Workflows: created, changed in versions, listed, hidden. */
@Injectable()
export class WorkflowDefinitionService {
  constructor(
    private readonly workflows: WorkflowDefinitionRepository,
    private readonly checks: WorkflowCheckService,
    private readonly users: WorkflowUsersService,
  ) {}

  async list({
    skip,
    limit,
    ...filter
  }: WorkflowDefinitionQueryDto): Promise<Page<WorkflowDefinitionRecord>> {
    const { rows, total } = await this.workflows.listNewest(definitionFilter(filter), skip, limit);
    return { items: rows, total, skip, limit };
  }

  /** @throws AppError NOT_FOUND */
  async get(id: string): Promise<WorkflowDefinitionRecord> {
    const workflow = await this.workflows.findLiving(id);
    if (workflow === null) throw notFound(`workflow definition ${id}`);
    return workflow;
  }

  async create(dto: CreateWorkflowDefinitionDto): Promise<WorkflowDefinitionRecord> {
    const { name, description = '', labels = {}, exposeAsTool = false, spec, version = FIRST_VERSION } = dto;
    const id = await this.workflows.insertDefinition(
      { name, description, labels, version, document: spec },
      { exposeAsTool },
      (manager) => this.checks.checkAndHold(spec, manager, null),
    );
    return this.get(id);
  }

  /** Changes what is given. A changed spec, or a newly named version, makes a new version. */
  async update(
    id: string,
    dto: UpdateWorkflowDefinitionDto,
    expected: ExpectedRevisions,
  ): Promise<WorkflowDefinitionRecord> {
    const isSpecGiven = Object.keys(dto.spec).length > 0;
    const found = await this.workflows.change(id, expected, async (current, manager) => {
      const newVersion = newVersionOf(current, {
        document: isSpecGiven ? dto.spec : undefined,
        version: dto.version,
      });
      const lasting = {
        ...lastingChange(dto),
        ...(dto.exposeAsTool !== undefined && { exposeAsTool: dto.exposeAsTool }),
      };
      if (newVersion === undefined) return lasting;
      await this.checks.checkAndHold(newVersion.document, manager, id);
      return { ...lasting, newVersion };
    });
    if (!found) throw notFound(`workflow definition ${id}`);
    return this.get(id);
  }

  /**
   * Lets nobody else change a workflow until the caller's shared transaction ends. To be called first by who changes
   * several things in one: whoever changes a workflow wants to hold what it uses, after all others have let go.
   */
  async lockChanges(): Promise<void> {
    await this.workflows.lockChanges();
  }

  /**
   * Hides a workflow; its runs go on and keep its versions.
   *
   * @throws AppError NOT_FOUND, PRECONDITION_FAILED, or CONFLICT with the list of those who use it
   */
  async delete(id: string, expected: ExpectedRevisions): Promise<void> {
    const outcome = await this.workflows.hideUnlessUsed(id, expected, (manager) =>
      this.users.find(id, manager),
    );
    if (outcome.kind === 'not_found') throw notFound(`workflow definition ${id}`);
    if (outcome.kind === 'used') throw definitionInUse(outcome.users);
  }

  async listVersions(id: string, { skip, limit }: PageQueryDto): Promise<Page<VersionRecord>> {
    await this.get(id);
    const { rows, total } = await this.workflows.listVersions(id, skip, limit);
    return { items: rows, total, skip, limit };
  }

  async getVersion(id: string, version: string): Promise<VersionRecord> {
    await this.get(id);
    const found = await this.workflows.findVersion(id, version);
    if (found === null) {
      throw notFound(`version ${version} of workflow definition ${id}`);
    }
    return found;
  }

  /** Adds a version, also when the spec is the latest's. */
  async createVersion(id: string, { spec, version }: CreateWorkflowVersionDto): Promise<VersionRecord> {
    let created = '';
    const found = await this.workflows.change(id, null, async ({ greatestVersion }, manager) => {
      await this.checks.checkAndHold(spec, manager, id);
      created = chooseVersion(greatestVersion, version);
      return { newVersion: { version: created, document: spec } };
    });
    if (!found) throw notFound(`workflow definition ${id}`);
    return this.getVersion(id, created);
  }

  /** What leads from the version `against` to `version`. */
  async diff(id: string, version: string, against: string): Promise<VersionDiff> {
    const to = await this.getVersion(id, version);
    return diffVersions({ from: await this.getVersion(id, against), to }, KEYED_LISTS);
  }

  /**
   * Makes a version the latest again, checked as if it were saved now: what it uses may be gone. Runs
   * that have started keep theirs.
   */
  async makeLatest(
    id: string,
    version: string,
    expected: ExpectedRevisions,
  ): Promise<WorkflowDefinitionRecord> {
    const wanted = await this.getVersion(id, version);
    const found = await this.workflows.change(id, expected, async ({ latest }, manager) => {
      if (wanted.id === latest.id) return {};
      await this.checks.checkAndHold(wanted.document, manager, id);
      return { latestVersionId: wanted.id };
    });
    if (!found) throw notFound(`workflow definition ${id}`);
    return this.get(id);
  }
}
