import pc from 'picocolors';

import type { AppConfig } from '../config/app-config';

/** What a person who has just started the program wants to know. */
export function banner(config: AppConfig, url: string): string {
  const database =
    config.databaseUrl === null
      ? `${config.dataDir} ${pc.dim('(embedded PostgreSQL)')}`
      : 'the PostgreSQL of DATABASE_URL';
  const facts = [
    ['Listening', pc.cyan(url)],
    ...(config.role === 'worker' ? [] : [['API docs', pc.cyan(`${url}/api/docs`)]]),
    ['Data', database],
    ...(config.role === 'all' ? [] : [['Role', config.role]]),
  ];
  const lines = facts.map(([name = '', value = '']) => `  ${pc.dim(name.padEnd(10))} ${value}`);
  return `\n  ${pc.bold('mcp-backend')} ${config.version}\n\n${lines.join('\n')}\n\n`;
}
