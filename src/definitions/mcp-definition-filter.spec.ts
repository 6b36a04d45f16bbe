import { toSqlFilter } from './mcp-definition-filter';

describe('toSqlFilter', () => {
  it('has no conditions for an empty filter', () => {
    expect(toSqlFilter({})).toEqual({ conditions: [], values: [] });
  });

  it('keeps values out of the SQL and takes wildcards as characters', () => {
    expect(toSqlFilter({ mcpType: 'http_request', search: "100%_\\ '" })).toEqual({
      conditions: ['d.mcp_type = $1', '(d.name ILIKE $2 OR d.description ILIKE $2)'],
      values: ['http_request', "%100\\%\\_\\\\ '%"],
    });
  });
});
