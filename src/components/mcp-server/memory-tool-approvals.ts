import { ToolApprovals } from './tool-approvals';
import type { ApprovedTool } from './tool-drift';

/** Approvals that are forgotten when the process ends: where there is no database. */
export class MemoryToolApprovals extends ToolApprovals {
  private readonly approved = new Map<string, Map<string, ApprovedTool>>();

  findOrApprove(
    definitionId: string,
    current: ReadonlyMap<string, ApprovedTool>,
  ): Promise<ReadonlyMap<string, ApprovedTool>> {
    const known = this.approved.get(definitionId) ?? new Map(current);
    this.approved.set(definitionId, known);
    return Promise.resolve(known);
  }

  accept(
    definitionId: string,
    current: ReadonlyMap<string, ApprovedTool>,
    gone: readonly string[],
  ): Promise<void> {
    const known = new Map([...(this.approved.get(definitionId) ?? []), ...current]);
    for (const tool of gone) known.delete(tool);
    this.approved.set(definitionId, known);
    return Promise.resolve();
  }

  /** Without a database a version belongs to itself. */
  findDefinitionId(versionId: string): Promise<string | null> {
    return Promise.resolve(versionId);
  }
}
