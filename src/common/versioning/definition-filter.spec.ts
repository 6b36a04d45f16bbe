import { definitionFilter } from './definition-filter';

describe('the filter of a list of definitions', () => {
  it('asks for nothing when nothing is wanted', () => {
    expect(definitionFilter({})).toMatchObject({ conditions: [], values: [] });
  });

  it('searches name and description, and takes wildcards for the characters they are', () => {
    expect(definitionFilter({ search: '100%_\\' })).toMatchObject({
      conditions: ['(d.name ILIKE $1 OR d.description ILIKE $1)'],
      values: ['%100\\%\\_\\\\%'],
    });
  });

  it.each([
    ['team=ops', 'd.labels @> $1::jsonb', '{"team":"ops"}'],
    ['team=a=b', 'd.labels @> $1::jsonb', '{"team":"a=b"}'],
    ['team=', 'd.labels @> $1::jsonb', '{"team":""}'],
    ['team', 'd.labels ? $1', 'team'],
  ])('reads the label %s', (label, condition, value) => {
    expect(definitionFilter({ label })).toMatchObject({ conditions: [condition], values: [value] });
  });

  it('numbers the places of all conditions', () => {
    const createdAfter = '2026-01-01T00:00:00Z';
    const { conditions, values } = definitionFilter({ search: 'x', label: 'a=b', createdAfter });
    expect(conditions[2]).toBe('d.created_at > $3::timestamptz');
    expect(values).toHaveLength(3);
  });
});
