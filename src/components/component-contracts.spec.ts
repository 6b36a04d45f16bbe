import type { JsonObject } from '../engine/core/json';
import type { PinnedComponent } from '../engine/ports';
import { ComponentContracts, dataSchemaIssues, MAX_DATA_SCHEMA_BYTES } from './component-contracts';

function component(schemas: Partial<PinnedComponent>): PinnedComponent {
  return {
    versionId: JSON.stringify(schemas),
    mcpType: 'http_request',
    config: {},
    inputSchema: null,
    outputSchema: null,
    ...schemas,
  };
}

function thrownBy(work: () => void): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return null;
}

const numbers: JsonObject = {
  type: 'object',
  additionalProperties: { type: 'number' },
};

describe('ComponentContracts', () => {
  const contracts = new ComponentContracts();

  it.each([null, 1, 'text', [1], { a: 1 }])('takes and gives %j without schemas', (value) => {
    expect(() => {
      contracts.checkInputs(component({}), value);
      contracts.checkOutput(component({}), value);
    }).not.toThrow();
  });

  it('names what is wrong with inputs, by a code after which no attempt follows', () => {
    const strict = component({ inputSchema: numbers });
    const error = thrownBy(() => {
      contracts.checkInputs(strict, { a: 1, b: 'two' });
    });
    expect(error).toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(/^inputs\.b: must be number/) as string,
      details: { errors: [{ path: 'inputs.b' }] },
    });
  });

  it('names a few places of an output that is wrong at many', () => {
    const strict = component({ outputSchema: numbers });
    const output = Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`n${n}`, 'text']));
    const error = thrownBy(() => {
      contracts.checkOutput(strict, output);
    });
    expect(error).toMatchObject({
      code: 'OUTPUT_INVALID',
      message: expect.stringMatching(/; and 4 more$/) as string,
    });
  });

  it('keeps the versions of a component apart', () => {
    const before = component({ inputSchema: { type: 'string' } });
    const after = component({ inputSchema: { type: 'number' } });
    expect(contracts.inputIssues(before, 'a')).toEqual([]);
    expect(contracts.inputIssues(after, 'a')).toHaveLength(1);
    expect(contracts.inputIssues(before, 'a')).toEqual([]);
  });
});

describe('dataSchemaIssues', () => {
  it.each([null, {}, numbers])('takes %j', (schema) => {
    expect(dataSchemaIssues(schema, 'input_schema')).toEqual([]);
  });

  it('refuses a schema that is too large, by its bytes', () => {
    const wide = { description: 'ü'.repeat(MAX_DATA_SCHEMA_BYTES / 2) };
    expect(dataSchemaIssues(wide, 'input_schema')).toEqual([
      { path: 'input_schema', message: expect.stringContaining(`${MAX_DATA_SCHEMA_BYTES} bytes`) as string },
    ]);
  });

  it('names the place of a fault inside of a schema', () => {
    const [issue] = dataSchemaIssues({ properties: { a: { type: 'text' } } }, 'output_schema');
    expect(issue?.path).toMatch(/^output_schema\.properties\.a\.type/);
  });
});
