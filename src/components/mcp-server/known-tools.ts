import type { Tool } from '@modelcontextprotocol/client';
import { AppError } from '../../common/errors/app-error';

/** Most names of tools in the message that one of them is not there. */
const MAX_NAMES = 30;

/** The tools of a server, as it told them last. */
export class KnownTools {
  private tools: ReadonlyMap<string, Tool> = new Map();
  private isDue = false;

  get all(): readonly Tool[] {
    return [...this.tools.values()];
  }

  keep(tools: readonly Tool[]): void {
    this.tools = new Map(tools.map((tool) => [tool.name, tool]));
    this.isDue = false;
  }

  /** The server says that they have changed. */
  expire(): void {
    this.isDue = true;
  }

  /** Whether the server must be asked before anything can be said of a tool. */
  mustAskFor(tool: string): boolean {
    return this.isDue || !this.tools.has(tool);
  }

  /** Whether the server says that calling a tool again does no harm. */
  isRepeatable(tool: string): boolean {
    const annotations = this.tools.get(tool)?.annotations;
    return annotations?.readOnlyHint === true || annotations?.idempotentHint === true;
  }

  /**
   * @param server its name, for the message
   * @throws AppError UNKNOWN_TOOL with the names of those that are there
   */
  get(tool: string, server: string): Tool {
    const found = this.tools.get(tool);
    if (found !== undefined) return found;
    const names = [...this.tools.keys()];
    const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : '';
    const there =
      names.length === 0 ? 'it has no tools' : `it has: ${names.slice(0, MAX_NAMES).join(', ')}${more}`;
    throw new AppError('UNKNOWN_TOOL', `${server} has no tool "${tool}"; ${there}`);
  }
}
