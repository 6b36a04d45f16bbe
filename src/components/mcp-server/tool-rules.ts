import { AppError } from '../../common/errors/app-error';
import type { McpServerFields } from './mcp-server-config';

/** Whether a configuration lets a tool be seen and called. */
export function isAllowed(tool: string, { allowTools, denyTools }: McpServerFields): boolean {
  return (allowTools?.includes(tool) ?? true) && !denyTools.includes(tool);
}

/** @throws AppError UNKNOWN_TOOL that says by which list it may not be called */
export function assertAllowed(tool: string, fields: McpServerFields): void {
  if (isAllowed(tool, fields)) return;
  const list = fields.denyTools.includes(tool) ? 'named by deny_tools' : 'not named by allow_tools';
  throw new AppError('UNKNOWN_TOOL', `The tool "${tool}" may not be called: it is ${list} of this component`);
}
