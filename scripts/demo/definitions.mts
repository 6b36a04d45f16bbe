import { realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');

/** The folder that is counted. Without symbolic links: the filesystem server compares real paths. */
const DOCS = realpathSync(join(ROOT, 'docs'));

/** A published MCP server from node_modules, as a process of this Node. */
const npmServer = (name: string, ...args: string[]) => ({
  type: 'mcp_server',
  transport: 'stdio',
  command: process.execPath,
  args: [join(ROOT, 'node_modules/@modelcontextprotocol', name, 'dist/index.js'), ...args],
});

/** The answer of `read_multiple_files` is one text: for each file its path, a colon and what it holds, with `---` between. */
const COUNT_WORDS = `
interface Inputs { folder: string; paths: string[]; text: string }
interface Count { file: string; words: number; headings: number }

export default ({ folder, paths, text }: Inputs) => {
  const counts = paths.map((path, index): Count => {
    const start = text.indexOf(path + ':\\n') + path.length + 2;
    const next = paths[index + 1];
    const end = next === undefined ? text.length : text.indexOf('\\n---\\n' + next + ':\\n', start);
    const file = path.slice(folder.length + 1);
    const count = { file, ...countMarkdown(text.slice(start, end)) };
    console.log(file + ': ' + count.words + ' words, ' + count.headings + ' headings');
    return count;
  });
  const total = (field: 'words' | 'headings') => counts.reduce((sum, count) => sum + count[field], 0);
  const [longest] = [...counts].sort((a, b) => b.words - a.words);
  return { files: counts.length, words: total('words'), headings: total('headings'), longest };
};

function countMarkdown(markdown: string) {
  let inCode = false;
  let headings = 0;
  for (const line of markdown.split('\\n')) {
    if (line.startsWith('\`\`\`')) inCode = !inCode;
    else if (!inCode && /^#{1,6} /.test(line)) headings += 1;
  }
  return { words: markdown.split(/\\s+/).filter(Boolean).length, headings };
}
`;

/** Stands for whatever is not ready at once: it throws until it has been waited for, so that its step is retried. */
const SLOW_STARTER = `
export default ({ waited_ms, ready_after_ms }: { waited_ms: number; ready_after_ms: number }) => {
  if (waited_ms < ready_after_ms) throw new Error('not ready after ' + waited_ms + ' ms');
  return { waited_ms };
};
`;

/** The components that the demo registers, by a short name. */
export function components(serviceUrl: string) {
  return {
    everything: {
      name: 'demo-everything',
      mcp_type: 'mcp_server',
      config: npmServer('server-everything', 'stdio'),
    },
    filesystem: {
      name: 'demo-filesystem',
      mcp_type: 'mcp_server',
      // The server sees one folder, and of its tools only these can be called: none of them writes.
      config: {
        ...npmServer('server-filesystem', DOCS),
        allow_tools: ['search_files', 'read_multiple_files'],
      },
    },
    countWords: {
      name: 'demo-count-words',
      mcp_type: 'typescript_script',
      config: { type: 'typescript_script', code: COUNT_WORDS, timeout_seconds: 60 },
    },
    slowStarter: {
      name: 'demo-slow-starter',
      mcp_type: 'typescript_script',
      config: { type: 'typescript_script', code: SLOW_STARTER },
    },
    health: {
      name: 'demo-health',
      mcp_type: 'http_request',
      config: { type: 'http_request', method: 'GET', url: `${serviceUrl}/health`, timeout_seconds: 30 },
    },
  };
}

/** Ids of the registered components, by the same short names. */
export type ComponentIds = Readonly<Record<keyof ReturnType<typeof components>, string>>;

export const WORKFLOW_NAME = 'demo-docs-census';

/** The workflow: finds the pages of docs/, reads them, counts, adds up, and says how it went. */
export function workflowSpec(ids: ComponentIds) {
  return {
    parameters_schema: {
      type: 'object',
      additionalProperties: false,
      properties: {
        match: { type: 'string', description: 'Count only files whose path holds this text' },
        alarm_above: { type: 'integer', minimum: 0, description: 'Fail when there are more words than this' },
      },
    },
    steps: [
      // Where the service may not call itself (EGRESS_ALLOW), the rest is worth seeing all the same.
      { id: 'health', uses: { mcp_definition_id: ids.health }, on_error: 'continue' },
      { id: 'begin', uses: { builtin: 'set' }, inputs: { at: '${{ now() }}' } },
      {
        id: 'warm_up',
        uses: { mcp_definition_id: ids.slowStarter },
        inputs: {
          waited_ms: '${{ (now() - timestamp(steps.begin.output.at)).getMilliseconds() }}',
          ready_after_ms: 500,
        },
        retry: { max_attempts: 10, initial_ms: 300, jitter: false },
      },
      {
        id: 'list_docs',
        uses: { mcp_definition_id: ids.filesystem, tool: 'search_files' },
        inputs: { path: DOCS, pattern: '**/*.md' },
      },
      {
        id: 'choose',
        uses: { builtin: 'set' },
        inputs: {
          paths:
            '${{ sort(steps.list_docs.output.structured_content.content.split("\\n")' +
            '.filter(path, path.endsWith(".md") && path.contains(params.?match.orValue("")))) }}',
        },
      },
      {
        id: 'read_docs',
        uses: { mcp_definition_id: ids.filesystem, tool: 'read_multiple_files' },
        needs: ['warm_up'],
        inputs: { paths: '${{ steps.choose.output.paths }}' },
      },
      {
        id: 'count',
        uses: { mcp_definition_id: ids.countWords },
        inputs: {
          folder: DOCS,
          paths: '${{ steps.choose.output.paths }}',
          text: '${{ steps.read_docs.output.structured_content.content }}',
        },
      },
      {
        id: 'add',
        uses: { mcp_definition_id: ids.everything, tool: 'get-sum' },
        inputs: { a: '${{ steps.count.output.words }}', b: '${{ steps.count.output.headings }}' },
      },
      {
        id: 'alarm',
        uses: { builtin: 'fail' },
        when: 'steps.count.output.words > params.?alarm_above.orValue(1000000)',
        inputs: { message: 'The docs have ${{ steps.count.output.words }} words: too many to read' },
      },
    ],
    result: {
      files: '${{ steps.count.output.files }}',
      words: '${{ steps.count.output.words }}',
      headings: '${{ steps.count.output.headings }}',
      longest: '${{ steps.count.output.longest }}',
      sum: '${{ steps.add.output.content[0].text }}',
      alarm: '${{ steps.alarm.status }}',
      service: '${{ steps.health.output.?body.?status.orValue("not reached") }}',
    },
  };
}
