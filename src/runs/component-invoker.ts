import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';

import { Clock } from '../common/clock';
import { invalidRequest } from '../common/errors/invalid-request';
import { notFound } from '../common/errors/not-found';
import { ComponentRegistry } from '../components/component-registry';
import type { McpType } from '../components/component-type';
import { ComponentCatalog } from '../definitions/component-catalog.service';
import { toolFault } from '../definitions/tool-fault';
import { COMPONENT_STEP_ID } from '../engine/core/plan-component-call';
import type { JsonObject, JsonValue } from '../engine/core/json';
import { RunIntake } from '../engine/run-intake';
import { type PreparedRun, type RunIdempotency, RunStarter } from './run-starter';

/** A wish to call one component. */
export interface InvokeComponent {
  readonly mcpDefinitionId: string;
  /** `MAJOR.MINOR.PATCH`; null: the latest. */
  readonly version: string | null;
  /** Of an `mcp_server`, where it is required; null elsewhere. */
  readonly tool: string | null;
  readonly inputs: JsonObject;
  readonly labels: Readonly<Record<string, string>>;
  readonly idempotency: RunIdempotency | null;
}

/**
 * Calls components without a workflow, each call a durable run of one step (`COMPONENT_STEP_ID`): recorded, streamed
 * and cancelled as any other. For whoever lets components be called one by one: the REST API, and MCP clients.
 *
 * `RunStreams.follow` gives the events of the run, logs of the component among them, and previews, until it has ended;
 * `RunService.get` its status and result; `RunService.cancel` stops it.
 */
@Injectable()
export class ComponentInvoker {
  constructor(
    private readonly components: ComponentCatalog,
    private readonly registry: ComponentRegistry,
    private readonly intake: RunIntake,
    private readonly starter: RunStarter,
    private readonly clock: Clock,
  ) {}

  /**
   * Starts the call, once it is on disk.
   * @returns the run's id; that of an earlier run where the idempotency key was used for the same request
   * @throws AppError NOT_FOUND without such a component; INVALID_REQUEST where it lacks the version, or the tool
   *   or the inputs do not fit; UNPROCESSABLE when the idempotency key was used for another request
   */
  async invoke(wish: InvokeComponent): Promise<string> {
    const earlierId = await this.starter.findEarlier(wish.idempotency, requestOf(wish));
    return earlierId ?? (await this.starter.begin(await this.prepare(wish))).id;
  }

  private async prepare(wish: InvokeComponent): Promise<PreparedRun> {
    const { mcpDefinitionId, tool, inputs, labels, idempotency } = wish;
    const called = await this.resolve(wish);
    const mcpVersionId = called.versionId;
    const run = {
      id: uuidv7(),
      workflowDefinitionId: null,
      workflowVersionId: null,
      calledComponent: { mcpDefinitionId, mcpVersionId, tool },
      parameters: inputs,
      labels,
      pins: { ...(await this.components.toolPins([called])), [COMPONENT_STEP_ID]: mcpVersionId },
      createdAt: this.clock.now(),
    };
    return { run, workflowVersion: null, idempotency, request: requestOf(wish) };
  }

  /** @returns the version to call */
  private async resolve({
    mcpDefinitionId,
    version,
    tool,
    inputs,
  }: InvokeComponent): Promise<{ readonly mcpType: McpType; readonly versionId: string }> {
    const [found] = await this.components.resolve([{ mcpDefinitionId, version }]);
    if (found === undefined || found.mcpType === null) throw notFound(`MCP definition ${mcpDefinitionId}`);
    if (found.versionId === null) {
      const message = `the MCP definition has no version ${version ?? ''}`;
      throw invalidRequest([{ path: 'version', message }]);
    }
    const fault = toolFault(found.mcpType, tool);
    if (fault !== null) throw invalidRequest([{ path: 'tool', message: fault }]);
    const issues = this.registry.inputIssues(await this.intake.component(found.versionId), inputs);
    if (issues.length > 0) throw invalidRequest(issues);
    return { mcpType: found.mcpType, versionId: found.versionId };
  }
}

/** What makes two requests under one idempotency key the same. */
function requestOf({ mcpDefinitionId, version, tool, inputs, labels }: InvokeComponent): JsonValue {
  return [mcpDefinitionId, version, tool, inputs, labels];
}
