import type { OpenAPIObject } from '@nestjs/swagger';

import { describeParameters } from './describe-parameters';

function described(parameters: object[]): unknown {
  const document = { paths: { '/x': { get: { parameters, responses: {} } } } } as unknown as OpenAPIObject;
  describeParameters(document);
  return document.paths['/x']?.get?.parameters;
}

describe('describeParameters', () => {
  it('says of ids and versions in paths what their pipes ask for, unless something is said already', () => {
    expect(
      described([
        { in: 'path', name: 'run_id', schema: { type: 'string' } },
        { in: 'path', name: 'step_id', schema: { type: 'string' } },
        { in: 'path', name: 'other_id', schema: { type: 'string', maxLength: 5 } },
        { in: 'query', name: 'run_id', schema: { type: 'string' } },
        { in: 'path', name: 'version', schema: { type: 'string' } },
      ]),
    ).toMatchObject([
      { schema: { type: 'string', format: 'uuid' } },
      { schema: { type: 'string' } },
      { schema: { type: 'string', maxLength: 5 } },
      { schema: { type: 'string' } },
      { schema: { type: 'string', pattern: expect.any(String) as string } },
    ]);
  });

  it('names a header once: as it is described, not as the handler reads it', () => {
    const kept = { in: 'header', name: 'Last-Event-ID', required: false, description: 'd', schema: {} };
    expect(described([{ in: 'header', name: 'last-event-id', required: true, schema: {} }, kept])).toEqual([
      kept,
    ]);
  });
});
