import type { Tool } from '@modelcontextprotocol/server';

import { searchTools } from './search-tools';

const tools: Tool[] = [
  { name: 'github__search_code', description: 'Find code in repositories' },
  { name: 'github__create_issue', description: 'Open an issue in a repository' },
  { name: 'mail__send', title: 'Send a message', description: 'To anybody' },
  { name: 'crm__findCustomer', description: 'By name or issue' },
].map((tool) => ({ ...tool, inputSchema: { type: 'object' } }));

it.each<[string, string[]]>([
  ['issue', ['github__create_issue', 'crm__findCustomer']],
  ['create issue', ['github__create_issue', 'crm__findCustomer']],
  ['SEND message', ['mail__send']],
  ['customer', ['crm__findCustomer']],
  ['repo', ['github__search_code', 'github__create_issue']],
  ['find code', ['github__search_code', 'crm__findCustomer']],
  ['nothing like it, xyzzy', []],
])('finds for %j', (query, names) => {
  expect(searchTools(tools, query, 10).map(({ name }) => name)).toEqual(names);
});

it('gives the first tools where no word is asked for, and never more than wanted', () => {
  expect(searchTools(tools, ' … ', 2).map(({ name }) => name)).toEqual([
    'github__search_code',
    'github__create_issue',
  ]);
  expect(searchTools(tools, 'github', 1)).toHaveLength(1);
});
