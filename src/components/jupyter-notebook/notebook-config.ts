import type { JsonObject } from '../../engine/core/json';
import { CODE_LIMITS_SCHEMA } from '../sandboxed-code/code-config';

const MAX_CELLS = 1000;

/** A kernel and who drives it take 120 MiB before the first cell. */
export const DEFAULT_MEMORY_MB = 512;

/** The part of nbformat 4 that matters here; what else a notebook holds is passed through. */
export const NOTEBOOK_SCHEMA: JsonObject = {
  type: 'object',
  title: 'Jupyter notebook',
  required: ['type', 'notebook'],
  additionalProperties: false,
  properties: {
    type: { const: 'jupyter_notebook' },
    notebook: {
      type: 'object',
      required: ['nbformat', 'cells'],
      properties: {
        nbformat: { const: 4 },
        nbformat_minor: { type: 'integer', minimum: 0 },
        metadata: { type: 'object' },
        cells: {
          type: 'array',
          minItems: 1,
          maxItems: MAX_CELLS,
          items: {
            type: 'object',
            required: ['cell_type', 'source'],
            properties: {
              cell_type: { type: 'string', enum: ['code', 'markdown', 'raw'] },
              source: { type: ['string', 'array'], items: { type: 'string' } },
              metadata: { type: 'object' },
              outputs: { type: 'array', items: { type: 'object' } },
            },
          },
        },
      },
      description:
        'A notebook of nbformat 4, as its file holds it. The inputs are assigned in a cell after the one tagged `parameters`.',
    },
    ...CODE_LIMITS_SCHEMA,
    memory_mb: { ...CODE_LIMITS_SCHEMA.memory_mb, minimum: 256, default: DEFAULT_MEMORY_MB },
  },
};

export const EXAMPLE_NOTEBOOK: JsonObject = {
  nbformat: 4,
  nbformat_minor: 5,
  metadata: { kernelspec: { name: 'python3', display_name: 'Python 3', language: 'python' } },
  cells: [
    {
      id: 'parameters',
      cell_type: 'code',
      metadata: { tags: ['parameters'] },
      source: 'values = [1, 2, 3]',
      outputs: [],
      execution_count: null,
    },
    {
      id: 'mean',
      cell_type: 'code',
      metadata: {},
      source: 'import statistics\nresult = {"mean": statistics.mean(values)}\nresult',
      outputs: [],
      execution_count: null,
    },
  ],
};
