import { isConnectionFailure, isWorthAnotherTry } from './connection-failure';

const withCode = (code: string): Error => Object.assign(new Error('x'), { code });

describe('what PostgreSQL could not do', () => {
  it.each<[string, unknown, { away: boolean; again: boolean }]>([
    ['nobody listens', withCode('ECONNREFUSED'), { away: true, again: true }],
    ['one of several addresses', new AggregateError([withCode('ECONNREFUSED')]), { away: true, again: true }],
    ['the server is stopping', withCode('57P01'), { away: true, again: true }],
    ['the connection broke (class 08)', withCode('08006'), { away: true, again: true }],
    ['pg, without a code', new Error('Connection terminated unexpectedly'), { away: true, again: true }],
    ['two waited for each other', withCode('40P01'), { away: false, again: true }],
    ['a unique value is there already', withCode('23505'), { away: false, again: false }],
    ['a defect of ours', new TypeError('x is not a function'), { away: false, again: false }],
    ['no error at all', undefined, { away: false, again: false }],
  ])('%s', (_what, error, { away, again }) => {
    expect(isConnectionFailure(error)).toBe(away);
    expect(isWorthAnotherTry(error)).toBe(again);
  });
});
