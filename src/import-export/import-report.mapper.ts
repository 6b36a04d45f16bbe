import { boundChanges } from '../common/versioning/bounded-changes';
import { toChangeResponse } from '../common/versioning/version-diff.response';
import type { ImportChange } from './core/import-plan';
import type { ImportChangeResponse, ImportReportResponse } from './dto/import-report.response';
import type { ImportReport } from './import.service';

export function toImportReportResponse({
  dryRun,
  changes,
  missingSecrets,
}: ImportReport): ImportReportResponse {
  return { dryRun, changes: changes.map(toImportChangeResponse), missingSecrets };
}

function toImportChangeResponse(change: ImportChange): ImportChangeResponse {
  const { changes, total } = boundChanges(change.differences);
  return {
    section: change.section,
    name: change.name,
    path: change.path,
    action: change.action,
    newVersions: change.newVersions,
    differences: changes.map(toChangeResponse),
    totalDifferences: total,
    issues: change.issues.map(({ path, message }) => ({ path, message })),
    notes: change.notes,
  };
}
