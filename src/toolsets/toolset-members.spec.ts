import type { JsonValue } from '../engine/core/json';
import { readMembers, writeMember } from './toolset-members';

const A = '018f9d2c-7f3a-7c11-9a55-0123456789ab';
const B = '018f9d2c-7f3a-7c11-9a55-0123456789ac';

describe('members of a toolset', () => {
  it('are read and written as the same document', () => {
    const written = [{ mcp_definition_id: A, version: '1.2.0', prefix: '' }, { workflow_definition_id: B }];
    const read = readMembers(written);
    expect(read.ok && read.value.map(writeMember)).toEqual(written);
  });

  it('take ids in any case', () => {
    const read = readMembers([{ mcp_definition_id: A.toUpperCase() }]);
    expect(read.ok && read.value[0]?.definitionId).toBe(A);
  });

  it.each<[string, JsonValue, string, RegExp]>([
    ['no list', {}, 'members', /array/],
    ['no definition', [{}], 'members[0]', /either/],
    ['two definitions', [{ mcp_definition_id: A, workflow_definition_id: B }], 'members[0]', /either/],
    ['an unknown field', [{ mcp_definition_id: A, tool: 'x' }], 'members[0].tool', /./],
    ['no version', [{ mcp_definition_id: A, version: 'latest' }], 'members[0].version', /./],
    ['a prefix of odd characters', [{ mcp_definition_id: A, prefix: 'a b' }], 'members[0].prefix', /./],
    ['a prefix of a workflow', [{ workflow_definition_id: A, prefix: 'a' }], 'members[0]', /prefix/],
    ['a definition twice', [{ mcp_definition_id: A }, { mcp_definition_id: A }], 'members[1]', /already/],
  ])('are refused with %s, naming the place', (_case, written, path, message) => {
    const read = readMembers(written);
    expect(read.ok ? [] : read.error).toEqual([{ path, message: expect.stringMatching(message) as string }]);
  });
});
