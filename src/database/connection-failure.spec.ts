import { isConnectionFailure, isWorthAnotherTry } from './connection-failure';

const withCode = (code: string): Error => Object.assign(new Error('x'), { code });

describe('what PostgreSQL could not do', () => {
  it.each<[string, unknown, { away: boolean; again: boolean }]>([
    ['nobody listens', withCode('ECONNREFUSED'), { away: true, again: true }],
    ['one of several addresses', new AggregateError([withCode('ECONNREFUSED')]), { away: true, again: true }],
    ['the server is stopping', withCode('57P01'), { away: true, again: true }],
    ['the connection broke (class 08)', withCode('08006'), { away: true, again: true }],
    ['pg, without a code', new Error('Connection terminated unexpectedly'), { away: true, again: true }],
    ['pg, of an answer that did not come', new Error('Query read timeout'), { away: true, again: true }],
    ['a socket that is gone already', withCode('ERR_STREAM_DESTROYED'), { away: true, again: true }],
    ['the name server is away', withCode('EAI_AGAIN'), { away: true, again: true }],
    ['two waited for each other', withCode('40P01'), { away: false, again: true }],
    ['two changed the same', withCode('40001'), { away: false, again: true }],
    ['the disk is full', withCode('53100'), { away: false, again: true }],
    ['a lock was taken', withCode('55P03'), { away: false, again: true }],
    ['somebody cancelled the statement', withCode('57014'), { away: false, again: true }],
    ['the disk failed', withCode('58030'), { away: false, again: true }],
    ["a value that the column's type has not", withCode('22P02'), { away: false, again: false }],
    ['a code of Node as long as an SQLSTATE', withCode('EPERM'), { away: false, again: false }],
    ['a unique value is there already', withCode('23505'), { away: false, again: false }],
    ['a defect of ours', new TypeError('x is not a function'), { away: false, again: false }],
    ['no error at all', undefined, { away: false, again: false }],
  ])('%s', (_what, error, { away, again }) => {
    expect(isConnectionFailure(error)).toBe(away);
    expect(isWorthAnotherTry(error)).toBe(again);
  });
});
