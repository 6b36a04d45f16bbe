/**
 * `npm run demo`: registers real components, published MCP servers among them, runs a workflow over this repository's
 * own docs and shows its stream as it comes. It works with the service at MCP_BACKEND_URL (by default
 * http://127.0.0.1:3000), or with one of its own where none runs. Exit code 0: the run succeeded.
 *
 * The run's parameters may follow as JSON: `npm run demo -- '{"match": "adr"}'`.
 */
import pc from 'picocolors';

import { Api, type Registered } from './demo/api.mts';
import { components, type ComponentIds, WORKFLOW_NAME, workflowSpec } from './demo/definitions.mts';
import { DemoError } from './demo/demo-error.mts';
import { findOrStartService, type Service } from './demo/service.mts';
import { EventLines, text } from './demo/show.mts';

interface Run {
  readonly id: string;
  readonly status: string;
  readonly result: unknown;
  readonly error: { readonly code: string; readonly message: string; readonly step_id?: string } | null;
}

/** As shells report a program that Ctrl-C ended. */
const EXIT_INTERRUPTED = 130;

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    interrupted.abort();
  });
}

try {
  await demo(parameters(process.argv[2] ?? '{}'), interrupted.signal);
} catch (error) {
  if (interrupted.signal.aborted) {
    process.exitCode = EXIT_INTERRUPTED;
    console.error('\nStopped.');
  } else {
    process.exitCode = 1;
    console.error(error instanceof DemoError ? `\n${pc.red('✖')} ${error.message}` : error);
  }
}

function parameters(argument: string): unknown {
  try {
    return JSON.parse(argument);
  } catch {
    throw new DemoError(
      `The parameters of the run must be JSON, such as '{"match": "adr"}', not ${argument}`,
    );
  }
}

async function demo(runParameters: unknown, signal: AbortSignal): Promise<void> {
  console.log(pc.dim('Looking for a service …'));
  await using service = await findOrStartService(signal);
  const found = service.isTemporary ? 'Started one, in a temporary folder' : 'Found one';
  console.log(`${pc.green('✔')} ${found}: ${pc.cyan(service.url)}\n`);

  const api = new Api(service.url, service.key, signal);
  const workflowId = await register(api);
  const run = await runAndShow(api, workflowId, runParameters);
  if (run.status !== 'succeeded') throw new DemoError(describeFailure(run));
  console.log(`\n${pc.bold('Result')}\n${JSON.stringify(run.result, null, 2)}\n`);
  console.log(whatNext(service, workflowId));
}

/** @returns the workflow's id */
async function register(api: Api): Promise<string> {
  console.log(pc.bold('Definitions'));
  const ids: Record<string, string> = {};
  for (const [shortName, { name, mcp_type, config }] of Object.entries(components(api.url))) {
    const component = await api.register('mcp-definitions', { name, mcp_type }, { config });
    ids[shortName] = component.id;
    showRegistered(name, mcp_type, component);
  }
  const spec = workflowSpec(ids as ComponentIds);
  const workflow = await api.register('workflow-definitions', { name: WORKFLOW_NAME }, spec);
  showRegistered(WORKFLOW_NAME, `workflow of ${spec.steps.length} steps`, workflow);
  return workflow.id;
}

function showRegistered(name: string, kind: string, { version, outcome }: Registered): void {
  console.log(`  ${name.padEnd(18)} ${pc.dim(kind.padEnd(20))} ${version.padEnd(7)} ${pc.dim(outcome)}`);
}

async function runAndShow(api: Api, workflowId: string, runParameters: unknown): Promise<Run> {
  const { id } = await api.post<Run>('/workflow-runs', {
    workflow_definition_id: workflowId,
    parameters: runParameters,
  });
  console.log(`\n${pc.bold('Run')} ${pc.dim(id)}`);
  const lines = new EventLines();
  for await (const event of api.events(id)) console.log(lines.line(event));
  return api.get<Run>(`/workflow-runs/${id}`);
}

function describeFailure({ status, error }: Run): string {
  const step = error?.step_id === undefined ? '' : ` at step "${error.step_id}"`;
  return `The run ${status}${step}${error === null ? '' : `: ${error.code}: ${text(error.message)}`}`;
}

/** One line, the last: where to go from here. Of a service that has gone it can only say how to start one. */
function whatNext({ url, keyForShell, isTemporary }: Service, workflowId: string): string {
  if (isTemporary) {
    return `${pc.bold('Next:')} ${pc.cyan('npm start')}, then run this again beside it and open http://127.0.0.1:3000/api/docs; README.md, "Your first workflow", builds one by hand.`;
  }
  const body = JSON.stringify({ workflow_definition_id: workflowId, parameters: { match: 'adr' } });
  const command = `curl -X POST ${url}/api/v1/workflow-runs -H "X-API-Key: ${keyForShell}" -H 'Content-Type: application/json' -d '${body}'`;
  return `${pc.bold('Next:')} ${pc.cyan(command)} counts only the decision records; ${url}/api/docs shows the whole API.`;
}
