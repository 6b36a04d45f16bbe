import { toSqlFilter } from './mcp-definition-filter';

describe('toSqlFilter', () => {
  it('has no conditions for an empty filter', () => {
    expect(toSqlFilter({})).toMatchObject({ conditions: [], values: [] });
  });

  it('adds the type to what every list of definitions filters by', () => {
    expect(toSqlFilter({ mcpType: 'http_request', search: 'x' })).toMatchObject({
      conditions: ['(d.name ILIKE $1 OR d.description ILIKE $1)', 'd.mcp_type = $2'],
      values: ['%x%', 'http_request'],
    });
  });
});
