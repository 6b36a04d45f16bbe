/**
 * An MCP server that gives away the variable TOKEN one character at a time: into its error output without and with ends
 * of lines, and as messages of its log.
 */
import { setTimeout as pause } from 'node:timers/promises';

import { serveByHand } from './stdio-by-hand.mjs';

const { TOKEN } = process.env;

serveByHand({
  async spell(send) {
    process.stderr.write('begin ');
    for (const character of TOKEN) {
      process.stderr.write(character);
      await pause(1);
    }
    process.stderr.write(' end\n');
    for (const character of TOKEN) process.stderr.write(`${character}\n`);
    await pause(10);
    for (const data of TOKEN) send({ method: 'notifications/message', params: { level: 'info', data } });
    return 'spelled';
  },
});
