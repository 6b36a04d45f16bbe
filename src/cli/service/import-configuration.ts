import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';

import { importConfiguration, type ImportReportResponse, importMcpJson } from '#sdk';

import { AppError } from '../../common/errors/app-error';
import { isJsonObject, type JsonObject } from '../../engine/core/json';
import type { Colours } from '../colours';
import { columns } from '../columns';
import type { Service } from './service';

export interface ImportWishes {
  readonly dryRun: boolean;
  readonly conflicts: 'refuse' | 'new_version';
}

/**
 * Reads a document to import: a file, or standard input for `-`.
 *
 * @throws AppError INVALID_REQUEST when it cannot be read or is no JSON object
 */
export async function readDocument(path: string): Promise<JsonObject> {
  const source = path === '-' ? 'The standard input' : path;
  let content: string;
  try {
    content = path === '-' ? await text(process.stdin) : await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new AppError('INVALID_REQUEST', `${source} cannot be read (${code ?? 'unknown error'})`, {
      cause: error,
    });
  }
  const document = parse(content);
  if (isJsonObject(document)) return document;
  throw new AppError(
    'INVALID_REQUEST',
    `${source} holds no JSON object: it must be what "export" writes, or an mcp.json`,
  );
}

/**
 * Brings a document in: what `export` wrote, or the `mcp.json` of an AI client, which is told by its `mcpServers` or
 * `servers`.
 *
 * @throws ServiceError when it is refused; then nothing was changed
 */
export function importDocument(
  service: Service,
  document: JsonObject,
  { dryRun, conflicts }: ImportWishes,
): Promise<ImportReportResponse> {
  const { client } = service;
  if ('mcpServers' in document || 'servers' in document) {
    return service.answer(importMcpJson({ client, body: document, query: { dry_run: dryRun } }));
  }
  const body = document as unknown as Parameters<typeof importConfiguration>[0]['body'];
  return service.answer(importConfiguration({ client, body, query: { dry_run: dryRun, conflicts } }));
}

/** The report for a person: a line for each thing that the document names, and what to know of it below. */
export function importText(report: ImportReportResponse, colours: Colours): string {
  const changes = report.changes.filter(({ action }) => action !== 'unchanged');
  const rows = columns(changes.map(({ action, section, name }) => [action, section, name])).split('\n');
  const lines = changes.flatMap(({ action, issues, notes, new_versions: versions }, index) => {
    const row = rows[index] ?? '';
    const remarks = [
      ...issues.map(({ path, message }) => colours.red(`${path}: ${message}`)),
      ...(versions.length === 0 ? [] : [`new versions: ${versions.join(', ')}`]),
      ...notes,
    ];
    return [action === 'conflict' ? colours.red(row) : row, ...remarks.map((remark) => `    ${remark}`)];
  });
  const unchanged = report.changes.length - changes.length;
  if (unchanged > 0) lines.push(`${unchanged} unchanged`);
  if (report.missing_secrets.length > 0) {
    lines.push(colours.yellow(`Secrets that are not here: ${report.missing_secrets.join(', ')}`));
  }
  if (report.dry_run) lines.push('Nothing was changed: this was a dry run.');
  return lines.join('\n');
}

function parse(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return null;
  }
}
