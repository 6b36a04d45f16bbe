import type { Command } from 'commander';

import type { AppConfig } from '../config/app-config';
import { loadConfigWith } from '../config/load-config';
import { coloursOf } from './colours';
import { EXIT_CODES } from './exit-codes';
import { print, printJson } from './print';
import { commaSeparated, type DataDirOption, dataDirOption } from './options';

/** The commands that work on the database itself, whether the program runs or not. They need its environment. */
export function addDatabaseCommands(program: Command): void {
  addMigrate(program);
  addKeys(program);
  addSecrets(program);
  addDoctor(program);
  addBackup(program);
  addRestore(program);
}

function addMigrate(program: Command): void {
  program
    .command('migrate')
    .summary('bring the database up to date')
    .description(
      'Bring the database up to date. The program does so when it starts; this is for those who want it done before. ' +
        'Any number of replicas may do it at once.',
    )
    .option('--status', 'only tell what would be done')
    .option('--revert', 'take the newest migration back, with what is stored in what it added')
    .addOption(dataDirOption())
    .action(async (options: DataDirOption & { status?: true; revert?: true }) => {
      const config = await quietConfig(options);
      const { revertMigration, runMigrations, showMigrations } = await import('./migrate.js');
      const work = options.status ? showMigrations : options.revert ? revertMigration : runMigrations;
      print(await work(config));
    });
}

function addKeys(program: Command): void {
  const keys = program.command('keys').description('Make, list and revoke API keys.');
  keys
    .command('create <name>')
    .description('Make an API key. Its text goes to the output, and is shown this once.')
    .option('--scopes <list>', 'with commas between; all but admin when left out', commaSeparated)
    .option('--expires-at <time>', 'when it ends (2027-01-31T00:00:00Z); never when left out')
    .option('--json', 'tell it as JSON')
    .addOption(dataDirOption())
    .action(
      async (
        name: string,
        options: DataDirOption & { scopes?: string[]; expiresAt?: string; json?: true },
      ) => {
        const config = await quietConfig(options);
        const { createKey } = await import('./keys.js');
        const wishes = { scopes: options.scopes ?? null, expiresAt: options.expiresAt ?? null };
        const made = await createKey(config, name, wishes);
        if (options.json) {
          printJson(made.json);
          return;
        }
        // Apart, so that a script gets the key and nothing else.
        process.stderr.write(`${made.facts}\n`);
        print(made.key);
      },
    );
  keys
    .command('list')
    .description('List the API keys, newest first. Their texts are not stored.')
    .option('--json', 'tell them as JSON')
    .addOption(dataDirOption())
    .action(async (options: DataDirOption & { json?: true }) => {
      const config = await quietConfig(options);
      const { listKeys } = await import('./keys.js');
      const { table, json } = await listKeys(config);
      if (options.json) printJson(json);
      else print(table);
    });
  keys
    .command('revoke <key>')
    .description('Delete an API key, given by its id, its name or its first 8 characters. It ends at once.')
    .addOption(dataDirOption())
    .action(async (key: string, options: DataDirOption) => {
      const config = await quietConfig(options);
      const { revokeKey } = await import('./keys.js');
      print(await revokeKey(config, key));
    });
}

function addSecrets(program: Command): void {
  const secrets = program.command('secrets').description('Look after what is encrypted.');
  secrets
    .command('rotate-key')
    .description(
      'Put the first key of ENCRYPTION_KEY in the place of the others, which can then be taken out. An embedded ' +
        'database must not be in use.',
    )
    .addOption(dataDirOption())
    .action(async (options: DataDirOption) => {
      const config = await quietConfig(options);
      const { rotateEncryptionKey } = await import('./rotate-encryption-key.js');
      print(await rotateEncryptionKey(config));
    });
}

function addDoctor(program: Command): void {
  program
    .command('doctor')
    .summary('check what the program needs')
    .description(
      'Check the database, its migrations, the encryption key, API keys, clock, sandbox and disk, and say what to do. ' +
        'Changes nothing. The exit code is 1 when a check failed; warnings do not count.',
    )
    .option('--json', 'tell it as JSON')
    .addOption(dataDirOption())
    .action(async (options: DataDirOption & { json?: true }) => {
      const config = await quietConfig(options);
      const { diagnose } = await import('./doctor/doctor.js');
      const { reportOf } = await import('./doctor/report.js');
      const findings = await diagnose(config);
      if (options.json) printJson(findings);
      else print(reportOf(findings, coloursOf(process.stdout)));
      if (findings.some(({ state }) => state === 'failed')) process.exitCode = EXIT_CODES.failed;
    });
}

function addBackup(program: Command): void {
  program
    .command('backup <file>')
    .summary('save the embedded database into a file')
    .description(
      'Save the embedded database and its keys into one file (.tar.gz), also while the program runs. What to save of a ' +
        'PostgreSQL of yours is in docs/backup.md.',
    )
    .option('--without-keys', 'leave the encryption key and the first API key out, to keep them elsewhere')
    .addOption(dataDirOption())
    .action(async (file: string, options: DataDirOption & { withoutKeys?: true }) => {
      const config = await quietConfig(options);
      const { backUp } = await import('./backup/backup.js');
      print(await backUp(config, file, { withKeys: options.withoutKeys !== true }));
    });
}

function addRestore(program: Command): void {
  program
    .command('restore <file>')
    .summary('put a backup into an empty folder')
    .description(
      'Put what "backup" saved into a data folder without a database, and check that it can be used. Nothing is ever ' +
        'overwritten.',
    )
    .addOption(dataDirOption())
    .action(async (file: string, options: DataDirOption) => {
      const config = await quietConfig(options);
      const { restore } = await import('./backup/restore.js');
      print(await restore(config, file));
    });
}

/** The environment's configuration, with warnings and errors on standard error: the output is for what was asked. */
async function quietConfig({ dataDir }: DataDirOption): Promise<AppConfig> {
  const config = loadConfigWith({ DATA_DIR: dataDir });
  const { Logger } = await import('@nestjs/common');
  const { logStream, PinoLogger } = await import('../common/logging/pino-logger.js');
  Logger.overrideLogger(new PinoLogger('warn', config.logFormat, logStream(config.logFormat, 2)));
  return config;
}
