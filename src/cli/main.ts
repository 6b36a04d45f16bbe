#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { EXIT_CODES } from './exit-codes';
import { isNodeNewEnough } from './node-version';

/** From `dist/src/cli`, where this file runs. */
const MANIFEST = join(__dirname, '../../../package.json');

/** All that may be loaded before Node's version is known to be enough: an older one would fail with a stack trace. */
const { engines } = JSON.parse(readFileSync(MANIFEST, 'utf8')) as { engines: { node: string } };
if (isNodeNewEnough(process.versions.node, engines.node)) {
  void import('./command-line.js').then(({ runCommandLine }) => runCommandLine(process.argv));
} else {
  process.stderr.write(
    `mcp-backend needs Node ${engines.node}, and this is Node ${process.versions.node}: install a newer one from ` +
      'https://nodejs.org or by "npm install node@24", and put it first in PATH\n',
  );
  process.exitCode = EXIT_CODES.badConfig;
}
