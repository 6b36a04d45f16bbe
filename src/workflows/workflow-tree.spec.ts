import type { JsonObject } from '../engine/core/json';
import type { WorkflowReference } from './nested-steps';
import { type ResolvedWorkflowReference, walkTree } from './workflow-tree';

/** A workflow that calls others: a step for each, named after it. `b@1.0.0` calls that version of b. */
function calling(...names: string[]): JsonObject {
  return {
    steps: names.map((name) => {
      const [id = '', version] = name.split('@');
      return { id, uses: { workflow_definition_id: id, ...(version !== undefined && { version }) } };
    }),
  };
}

/** Looks up among workflows that have one version, `1.0.0`. */
function among(workflows: Readonly<Record<string, JsonObject>>) {
  const lookUps: string[][] = [];
  const resolve = (references: readonly WorkflowReference[]): Promise<ResolvedWorkflowReference[]> => {
    lookUps.push(references.map(({ workflowDefinitionId }) => workflowDefinitionId));
    return Promise.resolve(
      references.map(({ workflowDefinitionId: id, version }): ResolvedWorkflowReference => {
        const spec = workflows[id];
        if (spec === undefined) return { kind: 'no_workflow' };
        if (version !== null && version !== '1.0.0') return { kind: 'no_version' };
        return { kind: 'found', workflowDefinitionId: id, workflowVersionId: `${id}-1`, spec };
      }),
    );
  };
  return { resolve, lookUps };
}

describe('walkTree', () => {
  it('finds everything below, each version once, with one look-up a level', async () => {
    const { resolve, lookUps } = among({ b: calling('d'), c: calling('d@1.0.0'), d: calling() });
    const { versions, nested, faults } = await walkTree(calling('b', 'c'), resolve);
    expect(faults).toEqual([]);
    expect(nested).toEqual({ b: 'b-1', c: 'c-1' });
    expect([...versions].map(([id, version]) => [id, version.nested])).toEqual([
      ['b-1', { d: 'd-1' }],
      ['c-1', { d: 'd-1' }],
      ['d-1', {}],
    ]);
    expect(lookUps).toEqual([
      ['b', 'c'],
      ['d', 'd'],
    ]);
  });

  it('looks nothing up for a workflow that calls none', async () => {
    const { resolve, lookUps } = among({});
    expect(await walkTree({ steps: [] }, resolve)).toMatchObject({ nested: {}, faults: [] });
    expect(lookUps).toEqual([]);
  });

  it.each([
    ['an unknown workflow', calling('x'), 'steps[0].uses', 'workflow_definition_id', 'there is no'],
    ['an unknown version', calling('b@2.0.0'), 'steps[0].uses', 'version', 'has no version 2.0.0'],
    ['an unknown workflow further down', calling('d', 'c'), 'steps[1].uses', 'workflow_definition_id', 'x'],
    ['itself', calling('self'), 'steps[0].uses', 'workflow_definition_id', 'in a circle'],
    ['itself through another', calling('d', 'b'), 'steps[1].uses', 'workflow_definition_id', 'in a circle'],
    ['a circle of others', calling('e'), 'steps[0].uses', 'workflow_definition_id', 'more than 5 levels'],
  ] as const)('names the step that calls %s', async (_case, spec, path, field, message) => {
    const workflows = { b: calling('self'), c: calling('x'), d: calling(), e: calling('f'), f: calling('e') };
    const { faults } = await walkTree(spec, among(workflows).resolve, 'self');
    expect(faults).toMatchObject([
      { step: { path }, field, message: expect.stringContaining(message) as string },
    ]);
  });

  it('takes an earlier version of the workflow itself', async () => {
    const { resolve } = among({ self: calling() });
    expect((await walkTree(calling('self@1.0.0'), resolve, 'self')).faults).toEqual([]);
  });

  it.each([
    [5, []],
    [6, ['more than 5 levels']],
  ])('takes five levels below: %i', async (levels, messages) => {
    const chain = Array.from({ length: levels }, (_none, index) => `w${index + 1}`);
    const workflows = Object.fromEntries(
      chain.map((name, index) => [name, calling(...chain.slice(index + 1, index + 2))]),
    );
    const { faults } = await walkTree(calling('w1'), among(workflows).resolve);
    expect(faults.map(({ message }) => message)).toEqual(
      messages.map((text) => expect.stringContaining(text) as string),
    );
  });
});
