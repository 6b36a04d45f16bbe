import 'reflect-metadata';

import { Command } from 'commander';

import { loadConfigWith, programVersion } from '../config/load-config';
import { addDatabaseCommands } from './database-commands';
import { failureOf } from './failure';
import { dataDirOption } from './options';
import { addServiceCommands } from './service-commands';

/** Runs `mcp-backend` with the arguments of the process. Sets its exit code; never rejects. */
export async function runCommandLine(argv: readonly string[]): Promise<void> {
  try {
    await commandLine().parseAsync([...argv]);
  } catch (error) {
    const { text, exitCode } = failureOf(error);
    if (text !== null) process.stderr.write(`${text}\n`);
    process.exitCode = exitCode;
  }
}

/**
 * Every command with its options. What a command does is loaded when it is called, so that help and mistyped commands
 * answer at once.
 */
function commandLine(): Command {
  const program = new Command('mcp-backend')
    .description('A self-hosted backend for MCP components.')
    .version(programVersion(), '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show the help of a command')
    .helpCommand('help [command]', 'show the help of a command')
    .addHelpText('after', '\nEverything is set by environment variables; options stand above them.')
    .showHelpAfterError('"mcp-backend --help" shows what there is.')
    .exitOverride();
  addServeCommand(program);
  addServiceCommands(program);
  addDatabaseCommands(program);
  return program;
}

function addServeCommand(program: Command): void {
  program
    .command('serve')
    .summary('start the program')
    .description(
      'Start the program, with a PostgreSQL of its own unless DATABASE_URL is set. Ctrl-C stops it.',
    )
    .option('-p, --port <number>', 'where it listens; 0 takes any free port (PORT)')
    .option('--host <address>', 'the address that it listens on (HOST)')
    .option('--role <role>', 'all, api or worker (ROLE)')
    .addOption(dataDirOption())
    .action(async ({ port, host, role, dataDir }: Readonly<Record<string, string | undefined>>) => {
      const config = loadConfigWith({ PORT: port, HOST: host, ROLE: role, DATA_DIR: dataDir });
      const { serve } = await import('./serve.js');
      serve(config);
    });
}
