import { Injectable } from '@nestjs/common';

import { assertScope } from '../common/auth/assert-scope';
import type { CallerKey } from '../common/auth/caller-key';
import { AppError } from '../common/errors/app-error';
import { toAppError } from '../common/errors/to-app-error';
import { isWorthAnotherTry } from '../database/connection-failure';
import { type Issue, issuesText } from '../engine/core/issue';
import { ConfigurationRepository } from './configuration.repository';
import { ConfigurationWriter } from './configuration-writer.service';
import type { Configuration, SettingsSection, VersionedSection } from './core/configuration-document';
import type { ConflictRule, ImportOperation, ImportPlan, NewSecret } from './core/import-plan';
import { planImport } from './core/plan-import';
import { withIds, withNames } from './core/references';
import { ImportChecksService } from './import-checks.service';
import { namesOf, toConfiguration } from './to-configuration';

/** How an import is done. */
export interface ImportOptions {
  /** Whether only the plan is wanted. */
  readonly dryRun: boolean;
  readonly conflicts: ConflictRule;
}

/** What an import has done, or would do. */
export interface ImportReport extends Pick<ImportPlan, 'changes' | 'missingSecrets'> {
  readonly dryRun: boolean;
}

/** Where operations find the ids of what they name. */
type Ids = Readonly<Record<VersionedSection | SettingsSection, Map<string, string>>>;

/** How many faults the one-line message names; `errors` always holds all of them. */
const NAMED_FAULTS = 3;

/** Imports configurations: plans, and then does what the plan says. */
@Injectable()
export class ImportService {
  constructor(
    private readonly stored: ConfigurationRepository,
    private readonly checks: ImportChecksService,
    private readonly writer: ConfigurationWriter,
  ) {}

  /**
   * Brings a configuration in. What is said of it here already is left alone, so that a second time changes nothing.
   *
   * Each thing is written by its own service, in the order in which they refer to each other, and all of them in one
   * transaction. When one fails all the same (somebody changed things meanwhile), nothing is imported.
   *
   * @param wanted given what is here, for formats that leave out what only we know
   * @throws AppError CONFLICT with every reason, when the plan cannot be carried out as a whole
   */
  async import(
    wanted: (here: Configuration) => {
      readonly configuration: Configuration;
      readonly newSecrets: readonly NewSecret[];
    },
    { dryRun, conflicts }: ImportOptions,
    caller: CallerKey,
  ): Promise<ImportReport> {
    // What differs is shown.
    assertScope(caller, 'read');
    const stored = await this.stored.read();
    const { configuration: here, ids } = toConfiguration(stored);
    const { configuration, newSecrets } = wanted(here);
    if (newSecrets.length > 0) assertScope(caller, 'secrets');
    const plan = planImport({
      here,
      wanted: withNamesKnown(configuration, namesOf(stored)),
      newSecrets,
      conflicts,
      checks: this.checks.forCaller(caller),
    });
    if (!dryRun) {
      refuseConflicts(plan);
      await this.stored.asOne(async () => {
        await this.writer.begin();
        await this.carryOut(plan.operations, copyOf(ids), caller);
      });
    }
    return { dryRun, changes: plan.changes, missingSecrets: plan.missingSecrets };
  }

  private async carryOut(operations: readonly ImportOperation[], ids: Ids, caller: CallerKey): Promise<void> {
    for (const operation of operations) {
      const { section, name } = operation;
      const ofSection = section === 'secrets' ? null : ids[section];
      try {
        const id = await this.writer.write(withIdsOf(operation, ids), ofSection?.get(name) ?? null, caller);
        ofSection?.set(name, id);
      } catch (error) {
        throw about(operation, toAppError(error, isWorthAnotherTry));
      }
    }
  }
}

/** References by id become names where the id is of something here: a document may have been written by hand. */
function withNamesKnown(
  { secrets, settings, versioned }: Configuration,
  nameOf: ReturnType<typeof namesOf>,
): Configuration {
  const named = (section: SettingsSection) =>
    settings[section].map((entry) => ({ ...entry, settings: withNames(section, entry.settings, nameOf) }));
  const versions = (section: VersionedSection) =>
    versioned[section].map((entry) => ({
      ...entry,
      versions: entry.versions.map(({ version, document }) => ({
        version,
        document: withNames(section, document, nameOf),
      })),
    }));
  return {
    secrets,
    settings: {
      external_db_configs: named('external_db_configs'),
      toolsets: named('toolsets'),
      schedules: named('schedules'),
      webhooks: named('webhooks'),
    },
    versioned: {
      mcp_definitions: versions('mcp_definitions'),
      workflow_definitions: versions('workflow_definitions'),
    },
  };
}

function copyOf(ids: ReturnType<typeof toConfiguration>['ids']): Ids {
  return {
    external_db_configs: new Map(ids.external_db_configs),
    mcp_definitions: new Map(ids.mcp_definitions),
    workflow_definitions: new Map(ids.workflow_definitions),
    toolsets: new Map(ids.toolsets),
    schedules: new Map(ids.schedules),
    webhooks: new Map(ids.webhooks),
  };
}

function withIdsOf(operation: ImportOperation, ids: Ids): ImportOperation {
  const idOf = (section: keyof Ids, name: string): string => {
    const id = ids[section].get(name);
    if (id === undefined) throw new Error(`What refers to ${section} "${name}" comes after it`);
    return id;
  };
  switch (operation.kind) {
    case 'create_settings':
    case 'update_settings':
      return { ...operation, settings: withIds(operation.section, operation.settings, idOf) };
    case 'create_definition':
    case 'add_version':
      return { ...operation, document: withIds(operation.section, operation.document, idOf) };
    default:
      return operation;
  }
}

function refuseConflicts({ changes }: ImportPlan): void {
  const errors = changes.flatMap(({ issues }) => issues);
  if (errors.length === 0) return;
  throw new AppError('CONFLICT', `Nothing was imported: ${issuesText(errors, NAMED_FAULTS)}`, {
    details: { errors },
  });
}

/** The error of one operation, told as that of the whole import. */
function about({ path }: ImportOperation, error: AppError): AppError {
  const { errors } = (error.details ?? {}) as { readonly errors?: readonly Issue[] };
  const told = errors?.map((issue) => ({
    ...issue,
    path: issue.path === '' ? path : `${path}: ${issue.path}`,
  }));
  return new AppError(error.code, `Nothing was imported: ${path}: ${error.message}`, {
    details: { errors: told ?? [] },
    cause: error,
  });
}
