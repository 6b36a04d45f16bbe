import { EventEmitter } from 'node:events';

import { Pool } from 'pg';

import { PostgresConnection } from './postgres-connection';

describe('PostgresConnection', () => {
  it.each(['the shared pool', 'a pool of its own'])(
    'outlives a connection of %s that breaks as it is handed out, before anybody listens',
    (which) => {
      const connection = new PostgresConnection({}, new Pool());
      const pool = which === 'the shared pool' ? connection.pool : connection.openPool('own', {});
      const client = new EventEmitter();
      // As the pool does each time that it hands a connection out.
      pool.emit('acquire', client);
      pool.emit('acquire', client);
      expect(() => client.emit('error', new Error('terminating connection'))).not.toThrow();
      expect(client.listenerCount('error')).toBe(1);
    },
  );
});
