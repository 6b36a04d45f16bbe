import type { Request, Response } from 'express';

import { labelsOf } from './request-labels';

const labels = (request: object, response: object = { headersSent: true, statusCode: 200 }): object =>
  labelsOf(request as Request, response as Response);

describe('labelsOf', () => {
  it('names the route as the API reference does, without its ids', () => {
    expect(labels({ method: 'GET', route: { path: '/api/v1/workflow-runs/:run_id/signals/:name' } })).toEqual(
      { method: 'GET', route: '/api/v1/workflow-runs/{run_id}/signals/{name}', status: '200' },
    );
  });

  it('takes the first of several paths of one route', () => {
    expect(labels({ method: 'GET', route: { path: ['/api/docs', '/api/docs/:name'] } })).toMatchObject({
      route: '/api/docs',
    });
  });

  it.each([
    ['no route', undefined],
    ["Nest's own not-found route", { path: '*path' }],
    ['a pattern', { path: /^\/any/ }],
  ])('counts %s under one label', (_case, route) => {
    expect(labels({ method: 'GET', route })).toMatchObject({ route: 'unmatched' });
  });

  it('counts unusual methods under one label', () => {
    expect(labels({ method: 'PROPFIND' })).toMatchObject({ method: 'other' });
  });

  it('does not count a client that left before its answer as success', () => {
    expect(labels({ method: 'GET' }, { headersSent: false, statusCode: 200 })).toMatchObject({
      status: '499',
    });
  });
});
