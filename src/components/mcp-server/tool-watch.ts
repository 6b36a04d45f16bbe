import type { Tool } from '@modelcontextprotocol/client';
import { LRUCache } from 'lru-cache';
import { AppError } from '../../common/errors/app-error';
import { invalidRequest } from '../../common/errors/invalid-request';
import type { ToolApprovals } from './tool-approvals';
import { compareTools, definitionOf, fingerprintOf, type ApprovedTool, type ToolState } from './tool-drift';

/** How long approvals are believed: what another process accepted counts here after this. */
const APPROVALS_MS = 5000;

/** Definitions and versions remembered. */
const REMEMBERED = 1000;

/** Compares what servers offer with what was approved, by definition. The first list that is seen is approved. */
export class ToolWatch {
  private readonly approved = new LRUCache<string, ReadonlyMap<string, ApprovedTool>>({
    max: REMEMBERED,
    ttl: APPROVALS_MS,
  });
  /** Of these it is known that something was approved. */
  private readonly begun = new LRUCache<string, true>({ max: REMEMBERED });
  private readonly owners = new LRUCache<string, string>({ max: REMEMBERED });

  constructor(private readonly approvals: ToolApprovals) {}

  /** Approves what is listed first; costs nothing afterwards. */
  async begin(definitionId: string, tools: readonly Tool[]): Promise<void> {
    if (!this.begun.has(definitionId)) await this.approvedOf(definitionId, tools);
  }

  async states(definitionId: string, tools: readonly Tool[]): Promise<ToolState[]> {
    return compareTools(tools, await this.approvedOf(definitionId, tools));
  }

  /** The tools that are as they were approved. */
  async withoutDrifted(definitionId: string, tools: readonly Tool[]): Promise<Tool[]> {
    const states = await this.states(definitionId, tools);
    const good = new Set(states.filter(({ drift }) => drift === 'approved').map(({ name }) => name));
    return tools.filter(({ name }) => good.has(name));
  }

  /** @throws AppError TOOL_HELD for a tool that is not as it was approved */
  async assertApproved(definitionId: string, tool: Tool, tools: readonly Tool[]): Promise<void> {
    const known = (await this.approvedOf(definitionId, tools)).get(tool.name);
    if (known?.fingerprint === fingerprintOf(definitionOf(tool))) return;
    const what = known === undefined ? 'is new' : 'has changed';
    throw new AppError('TOOL_HELD', `The tool "${tool.name}" ${what} since the server's tools were approved`);
  }

  /**
   * Approves tools as they are now.
   * @param names null for all
   * @throws AppError INVALID_REQUEST for a name that is neither there nor was approved
   */
  async accept(definitionId: string, tools: readonly Tool[], names: readonly string[] | null): Promise<void> {
    const states = await this.states(definitionId, tools);
    const unknown = names?.find((name) => !states.some((state) => state.name === name));
    if (unknown !== undefined) {
      const allowed = states.map(({ name }) => name).join(', ');
      throw invalidRequest([
        { path: 'tools', message: `there is no tool ${JSON.stringify(unknown)}; allowed: ${allowed}` },
      ]);
    }
    const chosen = states.filter(({ name }) => names?.includes(name) ?? true);
    const current = chosen.filter(({ drift }) => drift !== 'removed');
    const gone = chosen.filter(({ drift }) => drift === 'removed').map(({ name }) => name);
    await this.approvals.accept(
      definitionId,
      new Map(current.map(({ name, definition }) => [name, toApproved(definition)])),
      gone,
    );
    this.approved.delete(definitionId);
  }

  /** @throws AppError NOT_FOUND when the version is nobody's */
  async ownerOf(versionId: string): Promise<string> {
    const known = this.owners.get(versionId);
    if (known !== undefined) return known;
    const found = await this.approvals.findDefinitionId(versionId);
    if (found === null) throw new AppError('NOT_FOUND', 'Resource not found');
    this.owners.set(versionId, found);
    return found;
  }

  private async approvedOf(
    definitionId: string,
    tools: readonly Tool[],
  ): Promise<ReadonlyMap<string, ApprovedTool>> {
    const known = this.approved.get(definitionId);
    if (known !== undefined) return known;
    const current = new Map(tools.map((tool) => [tool.name, toApproved(definitionOf(tool))]));
    const approved = await this.approvals.findOrApprove(definitionId, current);
    this.approved.set(definitionId, approved);
    if (approved.size > 0) this.begun.set(definitionId, true);
    return approved;
  }
}

function toApproved(definition: ApprovedTool['definition']): ApprovedTool {
  return { definition, fingerprint: fingerprintOf(definition) };
}
