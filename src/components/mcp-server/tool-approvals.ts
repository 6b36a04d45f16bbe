import type { ApprovedTool } from './tool-drift';

/** Where it is kept which tools of which definition were approved. Also the injection token. */
export abstract class ToolApprovals {
  /** What is approved of a definition's tools; `current` becomes it where nothing was yet. */
  abstract findOrApprove(
    definitionId: string,
    current: ReadonlyMap<string, ApprovedTool>,
  ): Promise<ReadonlyMap<string, ApprovedTool>>;

  /** Approves tools as they are, and forgets those that are gone. */
  abstract accept(
    definitionId: string,
    current: ReadonlyMap<string, ApprovedTool>,
    gone: readonly string[],
  ): Promise<void>;

  /** Whose a version is; null for none. */
  abstract findDefinitionId(versionId: string): Promise<string | null>;
}
