import { AppError } from '../common/errors/app-error';
import { Json } from '../common/wire/json';
import { roundMs } from '../common/wire/round-ms';
import type { ProbeReport } from '../components/component-type';
import type { ToolDefinition } from '../components/mcp-server/tool-drift';
import type { ToolReport } from '../components/mcp-server/upstream-servers';
import type { DefinitionTestResponse } from './dto/definition-test.response';
import type { ServerToolListResponse, ToolDefinitionResponse } from './dto/server-tools.response';

export function toServerToolListResponse(report: ToolReport): ServerToolListResponse {
  const { tools, fetchedAt, isStale, error } = report;
  return {
    items: tools.map(({ name, drift, isHeld, definition, approved }) =>
      Object.assign(toToolDefinitionResponse(definition), {
        name,
        drift,
        isHeld,
        approved: approved === null ? null : toToolDefinitionResponse(approved),
      }),
    ),
    fetchedAt,
    isStale,
    error: error === null ? null : { code: error.code, detail: error.message },
  };
}

export function toDefinitionTestResponse(found: ProbeReport | AppError): DefinitionTestResponse {
  if (found instanceof AppError) {
    return { ok: false, latencyMs: null, facts: null, error: { code: found.code, detail: found.message } };
  }
  return { ok: true, latencyMs: roundMs(found.latencyMs), facts: new Json(found.facts), error: null };
}

function toToolDefinitionResponse(definition: ToolDefinition): ToolDefinitionResponse {
  const { title, description, inputSchema, outputSchema, annotations } = definition;
  return {
    title,
    description,
    inputSchema: new Json(inputSchema),
    outputSchema: outputSchema === null ? null : new Json(outputSchema),
    annotations: annotations === null ? null : new Json(annotations),
  };
}
