import { Injectable } from '@nestjs/common';

import type { CallerKey } from '../common/auth/caller-key';
import { AppError } from '../common/errors/app-error';
import { checkBody } from '../common/wire/check-dto';
import type { DtoClass } from '../common/wire/dto-fields';
import type { McpType } from '../components/component-type';
import { ConfigCheckService } from '../definitions/config-check.service';
import { CreateMcpDefinitionDto } from '../definitions/dto/create-mcp-definition.dto';
import { checkWorkflow } from '../engine/core/check-workflow';
import type { Issue } from '../engine/core/issue';
import type { JsonObject } from '../engine/core/json';
import { CreateExternalDbConfigDto } from '../external-db/dto/create-external-db-config.dto';
import { CreateScheduleDto } from '../schedules/dto/create-schedule.dto';
import { CreateToolsetDto } from '../toolsets/dto/toolset.dto';
import { CreateWebhookDto } from '../webhooks/dto/create-webhook.dto';
import { CreateWorkflowDefinitionDto } from '../workflows/dto/workflow-definition.dto';
import { unheededSettings } from '../workflows/unheeded-settings';
import type { SettingsSection } from './core/configuration-document';
import type { ImportChecks } from './core/import-plan';

/** What the REST API makes things of, by the section that they stand in. */
const SETTINGS_DTOS: Readonly<Record<SettingsSection, DtoClass>> = {
  external_db_configs: CreateExternalDbConfigDto,
  toolsets: CreateToolsetDto,
  schedules: CreateScheduleDto,
  webhooks: CreateWebhookDto,
};

/** Judges what an import would create by the rules of the requests that create it. */
@Injectable()
export class ImportChecksService {
  constructor(private readonly configs: ConfigCheckService) {}

  /** The checks for one caller: a configuration that runs code needs the caller's scope. */
  forCaller(caller: CallerKey): ImportChecks {
    return {
      version: (section, mcpType, document) => {
        if (section === 'mcp_definitions') return this.componentIssues(mcpType ?? '', document, caller);
        const { issues, sound } = checkWorkflow(document);
        return [...issues, ...unheededSettings(sound)];
      },
      lasting: (section, name, mcpType, lasting) =>
        section === 'mcp_definitions'
          ? issuesOf(CreateMcpDefinitionDto, { name, mcp_type: mcpType, config: {}, ...lasting })
          : issuesOf(CreateWorkflowDefinitionDto, { name, ...lasting }),
      settings: (section, name, { signature: _signature, ...settings }) =>
        issuesOf(SETTINGS_DTOS[section], { name, ...settings }),
    };
  }

  private componentIssues(mcpType: string, document: JsonObject, caller: CallerKey): Issue[] {
    try {
      this.configs.check(mcpType as McpType, document, caller);
      return [];
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'INVALID_REQUEST') throw error;
      return error.details?.errors as Issue[];
    }
  }
}

function issuesOf(dto: DtoClass, body: JsonObject): Issue[] {
  const checked = checkBody(dto, body);
  return checked.ok ? [] : checked.error;
}
