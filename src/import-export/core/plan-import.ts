import type { Section } from './configuration-document';
import type {
  ImportChange,
  ImportOperation,
  ImportPlan,
  NewSecret,
  PlanInput,
  PlannedPart,
} from './import-plan';
import { KnownNames } from './known-names';
import { planSettings } from './plan-settings';
import { planVersions } from './plan-versions';

/**
 * Compares a configuration with what is here. Nothing is ever deleted: what the document does not name stays.
 *
 * The plan holds operations only where no change is a conflict: an import is done as a whole or not begun.
 */
export function planImport(input: PlanInput): ImportPlan {
  const { here, wanted, newSecrets } = input;
  const known = new KnownNames(here);
  const secrets = new Set([...here.secrets, ...newSecrets].map(({ name }) => name));
  const missing = new Set(wanted.secrets.map(({ name }) => name).filter((name) => !secrets.has(name)));
  const tellMissing = (name: string): boolean => {
    if (secrets.has(name)) return false;
    missing.add(name);
    return true;
  };

  // In the order in which parts refer to each other: `known` grows on the way.
  const parts: Record<Section, PlannedPart> = {
    secrets: planSecrets(new Set(here.secrets.map(({ name }) => name)), newSecrets),
    external_db_configs: planSettings('external_db_configs', input, known),
    mcp_definitions: planVersions('mcp_definitions', input, known, tellMissing),
    workflow_definitions: planVersions('workflow_definitions', input, known, tellMissing),
    toolsets: planSettings('toolsets', input, known),
    schedules: planSettings('schedules', input, known),
    webhooks: planSettings('webhooks', input, known),
  };
  const changes = Object.values(parts).flatMap((part) => part.changes);
  const isRefused = changes.some(({ action }) => action === 'conflict');
  return {
    changes,
    operations: isRefused ? [] : Object.values(parts).flatMap((part) => part.operations),
    missingSecrets: [...missing].toSorted(),
  };
}

function planSecrets(here: ReadonlySet<string>, wanted: readonly NewSecret[]): PlannedPart {
  const changes = wanted.map(({ name, path }): ImportChange => {
    const isHere = here.has(name);
    return {
      section: 'secrets',
      name,
      path,
      action: isHere ? 'unchanged' : 'create',
      differences: [],
      newVersions: [],
      issues: [],
      notes: isHere ? ['There is a secret of this name already: it keeps its value'] : [],
    };
  });
  const operations = wanted
    .filter(({ name }) => !here.has(name))
    .map(({ name, value, path }): ImportOperation => {
      return { kind: 'create_secret', section: 'secrets', name, value, path };
    });
  return { changes, operations };
}
