import { setImmediate as nextTurn } from 'node:timers/promises';

import { withLogFields } from './log-fields';
import { PinoLogger } from './pino-logger';

function logged(write: (logger: PinoLogger) => void): Record<string, unknown>[] {
  const lines: string[] = [];
  write(new PinoLogger('info', 'json', { write: (line) => void lines.push(line) }));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('PinoLogger', () => {
  it('writes the text, the context and the level', () => {
    const [line] = logged((logger) => {
      logger.warn('careful', 'Http');
    });
    expect(line).toMatchObject({ level: 40, context: 'Http', msg: 'careful' });
  });

  it('writes the stack of an error beside its text', () => {
    const error = new Error('broken');
    const lines = logged((logger) => {
      logger.error('it failed', error.stack, 'Http');
      logger.error(error, 'Http');
    });
    expect(lines.map(({ msg }) => msg)).toEqual(['it failed', 'broken']);
    for (const line of lines) expect(line['stack']).toBe(error.stack);
  });

  it('writes the fields of an object', () => {
    const [line] = logged((logger) => {
      logger.log({ message: 'Listening', url: 'http://x' }, 'Program');
    });
    expect(line).toMatchObject({ msg: 'Listening', url: 'http://x' });
  });

  it('writes the ids of the work that a line is written in, also after waiting', async () => {
    const lines: string[] = [];
    const logger = new PinoLogger('info', 'json', { write: (line) => void lines.push(line) });
    await withLogFields({ run_id: 'r' }, async () => {
      await withLogFields({ step_id: 's' }, async () => {
        await nextTurn();
        logger.log('inside');
      });
      logger.log('between');
    });
    logger.log('outside');
    const [inside, between, outside] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(inside).toMatchObject({ run_id: 'r', step_id: 's' });
    expect(between).toMatchObject({ run_id: 'r' });
    expect(between).not.toHaveProperty('step_id');
    expect(outside).not.toHaveProperty('run_id');
  });

  it('writes no secret', () => {
    const key = 'mcp_0123456789abcdefghijABCDEFGHIJ01';
    const lines = logged((logger) => {
      logger.log({ message: 'a', password: 'hunter2', headers: { 'x-api-key': key } });
      logger.log({ message: 'b', request: { headers: { authorization: 'hunter2' } } });
      logger.log(`used ${key} at postgresql://u:hunter2@h/d`);
      logger.error(new Error('postgresql://u:hunter2@h/d'));
    });
    expect(lines).toHaveLength(4);
    expect(JSON.stringify(lines)).not.toMatch(/hunter2|0123456789abc/);
  });

  it("keeps Nest's wiring out of the log, and what it says of an error that it throws", () => {
    const error = new Error('DATABASE_URL: the server refuses its user');
    expect(
      logged((logger) => {
        logger.log('Mapped {/health, GET} route', 'RouterExplorer');
        logger.error(error.message, error.stack, 'ExceptionHandler');
        logger.error('Error: listen EADDRINUSE', 'NestApplication');
      }),
    ).toEqual([]);
  });
});
