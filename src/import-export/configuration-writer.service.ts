import { Injectable } from '@nestjs/common';

import { assertScope } from '../common/auth/assert-scope';
import type { CallerKey } from '../common/auth/caller-key';
import { invalidRequest } from '../common/errors/invalid-request';
import { checkBody } from '../common/wire/check-dto';
import type { DtoClass } from '../common/wire/dto-fields';
import { CreateMcpDefinitionDto } from '../definitions/dto/create-mcp-definition.dto';
import { CreateMcpVersionDto } from '../definitions/dto/create-mcp-version.dto';
import { UpdateMcpDefinitionDto } from '../definitions/dto/update-mcp-definition.dto';
import { McpDefinitionService } from '../definitions/mcp-definition.service';
import type { JsonObject } from '../engine/core/json';
import { CreateExternalDbConfigDto } from '../external-db/dto/create-external-db-config.dto';
import { UpdateExternalDbConfigDto } from '../external-db/dto/update-external-db-config.dto';
import { ExternalDbConfigService } from '../external-db/external-db-config.service';
import { CreateScheduleDto } from '../schedules/dto/create-schedule.dto';
import { UpdateScheduleDto } from '../schedules/dto/update-schedule.dto';
import { ScheduleService } from '../schedules/schedule.service';
import { CreateSecretDto } from '../secrets/dto/create-secret.dto';
import { SecretService } from '../secrets/secret.service';
import { CreateToolsetDto, UpdateToolsetDto } from '../toolsets/dto/toolset.dto';
import { ToolsetService } from '../toolsets/toolset.service';
import { CreateWebhookDto } from '../webhooks/dto/create-webhook.dto';
import { UpdateWebhookDto } from '../webhooks/dto/update-webhook.dto';
import { WebhookService } from '../webhooks/webhook.service';
import {
  CreateWorkflowDefinitionDto,
  CreateWorkflowVersionDto,
  UpdateWorkflowDefinitionDto,
} from '../workflows/dto/workflow-definition.dto';
import { WorkflowDefinitionService } from '../workflows/workflow-definition.service';
import type { SettingsSection, VersionedSection } from './core/configuration-document';
import type { ImportOperation } from './core/import-plan';

/** A plan is made from what is there; what somebody changes meanwhile is theirs to see in the next one. */
const ANY_REVISION = null;

/** How a section's settings are written. */
interface SettingsDoor {
  create(body: JsonObject): Promise<{ readonly id: string }>;
  update(id: string, body: JsonObject): Promise<unknown>;
}

/** How a section's definitions are written; a document is that of one version. */
interface DefinitionDoor {
  create(body: JsonObject, document: JsonObject): Promise<{ readonly id: string }>;
  addVersion(id: string, version: string, document: JsonObject): Promise<unknown>;
  makeLatest(id: string, version: string): Promise<unknown>;
  update(id: string, lasting: JsonObject): Promise<unknown>;
}

/**
 * Carries the operations of an import out, each by the service and the DTO that its REST request has: whatever holds
 * for the one holds for the other.
 */
@Injectable()
export class ConfigurationWriter {
  constructor(
    private readonly secrets: SecretService,
    private readonly databases: ExternalDbConfigService,
    private readonly components: McpDefinitionService,
    private readonly workflows: WorkflowDefinitionService,
    private readonly toolsets: ToolsetService,
    private readonly schedules: ScheduleService,
    private readonly webhooks: WebhookService,
  ) {}

  /** To be called before the first {@link write} of a transaction: imports stand in a line with changes of workflows. */
  async begin(): Promise<void> {
    await this.workflows.lockChanges();
  }

  /**
   * @param operation with ids where the document has names
   * @param id of what it is about; null for what it creates
   * @returns the id of what it is about
   * @throws AppError as the request would be answered
   */
  async write(operation: ImportOperation, id: string | null, caller: CallerKey): Promise<string> {
    const { name } = operation;
    switch (operation.kind) {
      case 'create_secret': {
        assertScope(caller, 'secrets');
        const { value } = operation;
        return (await this.secrets.create(dtoOf(CreateSecretDto, { name, value }))).id;
      }
      case 'create_settings':
        return (await this.settingsDoor(operation.section).create({ name, ...operation.settings })).id;
      case 'create_definition': {
        const { section, mcpType, lasting, version, document } = operation;
        const body = { name, ...(mcpType !== null && { mcp_type: mcpType }), ...lasting, version };
        return (await this.definitionDoor(section, caller).create(body, document)).id;
      }
      case 'update_settings':
        await this.settingsDoor(operation.section).update(known(id), operation.settings);
        return known(id);
      case 'add_version': {
        const { section, version, document } = operation;
        await this.definitionDoor(section, caller).addVersion(known(id), version, document);
        return known(id);
      }
      case 'make_latest':
        await this.definitionDoor(operation.section, caller).makeLatest(known(id), operation.version);
        return known(id);
      case 'update_definition':
        await this.definitionDoor(operation.section, caller).update(known(id), operation.lasting);
        return known(id);
    }
  }

  private definitionDoor(section: VersionedSection, caller: CallerKey): DefinitionDoor {
    if (section === 'mcp_definitions') {
      return {
        create: (body, document) =>
          this.components.create(dtoOf(CreateMcpDefinitionDto, { ...body, ...document }), caller),
        addVersion: (id, version, document) =>
          this.components.createVersion(id, dtoOf(CreateMcpVersionDto, { version, ...document }), caller),
        makeLatest: (id, version) => this.components.makeLatest(id, version, caller, ANY_REVISION),
        update: (id, lasting) =>
          this.components.update(id, dtoOf(UpdateMcpDefinitionDto, lasting), caller, ANY_REVISION),
      };
    }
    return {
      create: (body, spec) => this.workflows.create(dtoOf(CreateWorkflowDefinitionDto, { ...spec, ...body })),
      addVersion: (id, version, spec) =>
        this.workflows.createVersion(id, dtoOf(CreateWorkflowVersionDto, { ...spec, version })),
      makeLatest: (id, version) => this.workflows.makeLatest(id, version, ANY_REVISION),
      update: (id, lasting) =>
        this.workflows.update(id, dtoOf(UpdateWorkflowDefinitionDto, lasting), ANY_REVISION),
    };
  }

  private settingsDoor(section: SettingsSection): SettingsDoor {
    switch (section) {
      case 'external_db_configs':
        return {
          create: (body) => this.databases.create(dtoOf(CreateExternalDbConfigDto, body)),
          update: (id, body) =>
            this.databases.update(id, dtoOf(UpdateExternalDbConfigDto, body), ANY_REVISION),
        };
      case 'toolsets':
        return {
          create: (body) => this.toolsets.create(dtoOf(CreateToolsetDto, body)),
          update: (id, body) => this.toolsets.update(id, dtoOf(UpdateToolsetDto, body), ANY_REVISION),
        };
      case 'schedules':
        return {
          create: (body) => this.schedules.create(dtoOf(CreateScheduleDto, body)),
          update: (id, body) => this.schedules.update(id, dtoOf(UpdateScheduleDto, body), ANY_REVISION),
        };
      case 'webhooks':
        return {
          create: async ({ signature: _none, ...body }) =>
            (await this.webhooks.create(dtoOf(CreateWebhookDto, body))).webhook,
          update: (id, body) => this.webhooks.update(id, dtoOf(UpdateWebhookDto, body), ANY_REVISION),
        };
    }
  }
}

function dtoOf<Dto extends object>(dto: DtoClass<Dto>, body: JsonObject): Dto {
  const checked = checkBody(dto, body);
  if (!checked.ok) throw invalidRequest(checked.error);
  return checked.value;
}

/** What an operation changes is here, or was created by an operation before it. */
function known(id: string | null): string {
  if (id === null) throw new Error('An operation comes after the one that creates what it changes');
  return id;
}
