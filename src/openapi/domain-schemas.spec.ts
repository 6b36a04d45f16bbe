import type { ComponentType } from '../components/component-type';
import { domainSchemas } from './domain-schemas';

const type: Pick<ComponentType, 'mcpType' | 'configSchema'> = {
  mcpType: 'http_request',
  configSchema: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    properties: { type: { const: 'http_request' }, url: { $ref: '#/$defs/url' } },
    $defs: { url: { type: 'string' } },
  },
};

describe('domainSchemas', () => {
  const schemas = domainSchemas([type as ComponentType]);

  it('tells configurations apart by their type', () => {
    expect(schemas.ComponentConfig).toMatchObject({
      oneOf: [{ $ref: '#/components/schemas/HttpRequestConfig' }],
      discriminator: {
        propertyName: 'type',
        mapping: { http_request: '#/components/schemas/HttpRequestConfig' },
      },
    });
  });

  it('keeps references inside a schema whole, and the schema itself as it was', () => {
    expect(schemas.HttpRequestConfig).toEqual({
      properties: {
        type: { const: 'http_request' },
        url: { $ref: '#/components/schemas/HttpRequestConfig/$defs/url' },
      },
      $defs: { url: { type: 'string' } },
    });
    expect(type.configSchema.$schema).toBeDefined();
  });
});
