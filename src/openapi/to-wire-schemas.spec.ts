import type { OpenAPIObject } from '@nestjs/swagger';

import { toWireSchemas } from './to-wire-schemas';

function documentOf(schema: object, parameters: object[] = []): OpenAPIObject {
  return {
    openapi: '3.1.0',
    info: { title: 'x', version: '1' },
    paths: { '/x': { get: { parameters, responses: {} } } },
    components: { schemas: { X: schema } },
  } as OpenAPIObject;
}

describe('toWireSchemas', () => {
  it('renames properties, required ones and query parameters, and no path parameters', () => {
    const document = documentOf(
      { type: 'object', required: ['mcpType'], properties: { mcpType: { type: 'string' } } },
      [
        { in: 'query', name: 'createdAfter' },
        { in: 'path', name: 'runId' },
      ],
    );
    toWireSchemas(document);
    expect(document.components?.schemas?.X).toEqual({
      type: 'object',
      required: ['mcp_type'],
      properties: { mcp_type: { type: 'string' } },
    });
    expect(document.paths['/x']?.get?.parameters).toEqual([
      { in: 'query', name: 'created_after' },
      { in: 'path', name: 'runId' },
    ]);
  });

  it('says null as 3.1 does', () => {
    const document = documentOf({
      properties: { at: { type: 'string', format: 'date-time', nullable: true } },
    });
    toWireSchemas(document);
    expect(document.components?.schemas?.X).toEqual({
      properties: { at: { type: ['string', 'null'], format: 'date-time' } },
    });
  });

  it('names no type where any JSON value may be', () => {
    const document = documentOf({
      properties: {
        result: { type: 'object', nullable: true, additionalProperties: true, description: 'd' },
      },
    });
    toWireSchemas(document);
    expect(document.components?.schemas?.X).toEqual({ properties: { result: { description: 'd' } } });
  });

  it('puts a single reference where it stands', () => {
    const document = documentOf({
      properties: { config: { allOf: [{ $ref: '#/components/schemas/C' }], description: 'd' } },
    });
    toWireSchemas(document);
    expect(document.components?.schemas?.X).toEqual({
      properties: { config: { $ref: '#/components/schemas/C', description: 'd' } },
    });
  });
});
