import { type Command, Option } from 'commander';

import { loadClientConfig } from '../config/client-config';
import { coloursOf } from './colours';
import { EXIT_CODES } from './exit-codes';
import { collectPair } from './options';
import { print, printJson } from './print';
import type { Pair } from './service/run-parameters';
import type { Service } from './service/service';

interface ServiceOptions {
  readonly url?: string;
  readonly apiKey?: string;
}

/** The commands that call a running service over its REST API, from this machine or another. */
export function addServiceCommands(program: Command): void {
  addRun(program);
  addExport(program);
  addImport(program);
}

function addRun(program: Command): void {
  withServiceOptions(program.command('run <workflow>'))
    .summary('start a run of a workflow')
    .description(
      'Start a run of a workflow, given by its name or id. With --watch, progress goes to standard error and the ' +
        'result to the output; Ctrl-C cancels the run. Exit codes then: 0 succeeded, 1 failed, 124 out of its time, ' +
        '130 cancelled.',
    )
    .option(
      '-p, --param <name=value>',
      'a parameter; JSON where it is JSON, else a text; repeatable',
      collectPair,
    )
    .option('--label <name=value>', 'a label of the run; repeatable', collectPair)
    .option('-w, --watch', 'follow it to its end')
    .option('--json', 'tell the whole run as JSON')
    .action(
      async (
        workflow: string,
        options: ServiceOptions & { param?: Pair[]; label?: Pair[]; watch?: true; json?: true },
      ) => {
        const service = await openService(options);
        const { startRun } = await import('./service/start-run.js');
        const { param: parameters = [], label: labels = [] } = options;
        const started = await startRun(service, { workflow, parameters, labels });
        if (!options.watch) {
          if (options.json) printJson(started);
          else print(started.id);
          return;
        }
        process.stderr.write(`Run ${started.id}\n`);
        const { outcomeText, watchRun } = await import('./service/watch-run.js');
        const { run, exitCode } = await watchRun(service, started.id);
        process.stderr.write(`${outcomeText(run)}\n`);
        if (options.json) printJson(run);
        else if (run.status === 'succeeded') printJson(run.result);
        process.exitCode = exitCode;
      },
    );
}

function addExport(program: Command): void {
  withServiceOptions(program.command('export'))
    .summary('write the configuration as one document')
    .description(
      'Write everything that is configured, without secrets, as one JSON document (docs/import-export.md).',
    )
    .option('-o, --output <file>', 'a file instead of the output')
    .action(async (options: ServiceOptions & { output?: string }) => {
      const service = await openService(options);
      const { exportText, writeTextFile } = await import('./service/export-configuration.js');
      const text = await exportText(service);
      if (options.output === undefined) process.stdout.write(text);
      else await writeTextFile(options.output, text);
    });
}

function addImport(program: Command): void {
  withServiceOptions(program.command('import <file>'))
    .summary('bring a configuration in')
    .description(
      'Bring in what "export" wrote, or the mcp.json of an AI client. "-" reads the standard input. Nothing is ever ' +
        'deleted. The exit code is 1 when a dry run found conflicts.',
    )
    .option('--dry-run', 'only tell what would be done')
    .addOption(
      new Option('--conflicts <rule>', 'where a version says something else here')
        .choices(['refuse', 'new_version'])
        .default('refuse'),
    )
    .option('--json', 'tell what was done as JSON')
    .action(
      async (
        file: string,
        options: ServiceOptions & { dryRun?: true; conflicts: 'refuse' | 'new_version'; json?: true },
      ) => {
        const service = await openService(options);
        const { importDocument, importText, readDocument } =
          await import('./service/import-configuration.js');
        const { dryRun = false, conflicts } = options;
        const report = await importDocument(service, await readDocument(file), { dryRun, conflicts });
        if (options.json) printJson(report);
        else print(importText(report, coloursOf(process.stdout)));
        if (report.changes.some(({ action }) => action === 'conflict')) process.exitCode = EXIT_CODES.failed;
      },
    );
}

function withServiceOptions(command: Command): Command {
  return command
    .option('--url <url>', 'where the service is (MCP_BACKEND_URL); http://127.0.0.1:3000 unless set')
    .option(
      '--api-key <key>',
      'better set as MCP_BACKEND_API_KEY: arguments are seen by others on the machine',
    );
}

async function openService({ url, apiKey }: ServiceOptions): Promise<Service> {
  const config = loadClientConfig({ MCP_BACKEND_URL: url, MCP_BACKEND_API_KEY: apiKey });
  const { Service } = await import('./service/service.js');
  return new Service(config);
}
