import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

import { ERROR_CODES } from '../../src/common/errors/error-codes';
import { variablesSchema } from '../../src/config/variables';
import { FUNCTIONS, METHODS, namesOf } from '../../src/engine/core/cel/functions';
import { WORKFLOW_ROOTS } from '../../src/engine/core/compile-expressions';
import { compileExpression, type Scope } from '../../src/engine/core/expression';
import { eventually } from '../support/eventually';
import { startRest, type RunningRest } from '../support/start-rest';

const ROOT = resolve(__dirname, '../..');
const PAGES = ['README.md', 'ARCHITECTURE.md', ...pagesIn('docs'), ...pagesIn('docs/adr')];
const GUIDE = readPage('docs/workflows.md');
const README = readPage('README.md');

/** Something of each type, for the places where a page says `<mcp_server>` and means an id. */
const COMPONENTS: Readonly<Record<string, object>> = {
  mcp_server: { transport: 'stdio', command: 'true' },
  http_request: { url: 'https://example.com/' },
  llm_prompt: { provider: 'openai_compatible', base_url: 'http://localhost:1/v1', model: 'm', prompt: 'Hi' },
  typescript_script: { code: 'export default () => 1' },
  python_script: { code: 'def main(inputs): return 1' },
};

function pagesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`);
}

function readPage(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** What stands in the fenced blocks of a language. */
function blocks(page: string, language: string): string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(
    ([, text = '']) => text,
  );
}

/** The cells of the first table that a marker stands before or in, without its two first rows. */
function tableAfter(page: string, marker: string): string[][] {
  const lines = page.slice(page.indexOf(marker)).split('\n');
  const start = lines.findIndex((line) => line.startsWith('|'));
  const end = lines.findIndex((line, index) => index > start && !line.startsWith('|'));
  return lines.slice(start + 2, end).map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('\\|', '|')),
  );
}

const code = (cell = ''): string => cell.replace(/^`(.*)`$/, '$1');

function evaluate(source: string): { value?: unknown; code?: string } {
  const [scope = ''] = blocks(GUIDE.slice(GUIDE.indexOf('<!-- scope -->')), 'json');
  const compiled = compileExpression(source, WORKFLOW_ROOTS);
  const result = compiled.ok ? compiled.value.evaluate(JSON.parse(scope) as Scope) : compiled;
  return result.ok ? { value: result.value } : { code: result.error.code };
}

describe('docs/adr/README.md', () => {
  it('lists every decision once, in order', () => {
    const listed = [...readPage('docs/adr/README.md').matchAll(/\]\((\d{4}-[a-z0-9-]+\.md)\)/g)].map(
      ([, name]) => name,
    );
    const decisions = readdirSync(join(ROOT, 'docs/adr')).filter((name) => /^\d{4}-/.test(name));
    expect(listed).toEqual(decisions.toSorted());
  });
});

describe('docs/workflows.md', () => {
  it.each(tableAfter(GUIDE, '<!-- examples -->').map(([source, value]) => [code(source), code(value)]))(
    'says rightly that %s gives %s',
    (source, value) => {
      expect(evaluate(source)).toEqual({ value: JSON.parse(value) as unknown });
    },
  );

  it.each(tableAfter(GUIDE, '<!-- faults -->').map(([source, fault]) => [code(source), code(fault)]))(
    'says rightly that %s fails with %s',
    (source, fault) => {
      expect(evaluate(source)).toEqual({ code: fault });
    },
  );

  it('lists every function of expressions', () => {
    const listed = tableAfter(GUIDE, '| Kind ').flatMap(([, names = '']) => names.match(/\w+/g) ?? []);
    expect(listed).toEqual(expect.arrayContaining([...namesOf(FUNCTIONS), ...namesOf(METHODS)]));
  });

  it('lists every error code with its status and whether it is retried', () => {
    const listed = tableAfter(GUIDE, '<!-- error-codes -->').map(([name, status, retried]) => [
      code(name),
      { status: Number(status), retryable: retried === 'yes' },
    ]);
    expect(Object.fromEntries(listed)).toEqual(ERROR_CODES);
  });
});

describe.each(PAGES)('%s', (path) => {
  it('links to files that are there', () => {
    const targets = [...readPage(path).matchAll(/\]\(([^)#]+)[^)]*\)|^\[\w+\]: ([^#\n]+)/gm)]
      .map(([, inline, reference]) => inline ?? reference ?? '')
      .filter((target) => !target.startsWith('https://'));
    expect(targets.filter((target) => !existsSync(join(ROOT, dirname(path), target)))).toEqual([]);
  });
});

describe.each(['README.md', 'docs/configuration.md'])('%s', (path) => {
  it('lists every variable of the environment with its default', () => {
    const defaults = tableAfter(readPage(path), '| Variable').map(([name, value = '']) => [
      code(name),
      /^`([^`]*)`$/.exec(value)?.[1],
    ]);
    const expected = Object.entries(variablesSchema.shape).map(([name, schema]) => {
      const parsed = schema.safeParse(undefined);
      return [
        name,
        typeof parsed.data === 'object' || parsed.data === undefined ? undefined : String(parsed.data),
      ];
    });
    // Those of OpenTelemetry have a page of their own.
    const own = (entries: readonly (string | undefined)[][]) =>
      new Map(
        entries.filter(([name = '']) => !name.startsWith('OTEL_')).map(([name, value]) => [name, value]),
      );
    expect(own(defaults)).toEqual(own(expected));
  });
});

it('docs/adr/README.md lists each decision once, by its title and in order', () => {
  const decisions = pagesIn('docs/adr').filter((path) => /\/\d{4}-/.test(path));
  const expected = decisions.sort().map((path) => {
    const [, number, title] = /^# (\d+)\. (.+)$/m.exec(readPage(path)) ?? [];
    return [number, `[${title}](${path.replace('docs/adr/', '')})`];
  });
  expect(expected.length).toBeGreaterThan(20);
  expect(tableAfter(readPage('docs/adr/README.md'), '# Decisions')).toEqual(expected);
});

it('README.md names each page of docs/ once for those who develop', () => {
  const list = README.slice(README.indexOf('## Develop'));
  const named = [...list.matchAll(/\]\((docs\/[^/)#]+\.md)\)/g)].map(([, path]) => path);
  // The reference is made for users, who find it above.
  const pages = pagesIn('docs').filter((path) => path !== 'docs/api-reference.md');
  expect(named.sort()).toEqual(pages.sort());
});

it.each(['README.md', 'ARCHITECTURE.md'])('%s has no row of a table twice', (path) => {
  const heads = [...readPage(path).matchAll(/^\| (\S[^|]*?) +\|/gm)].map(([, head]) => head);
  const rows = heads.filter((head) => head !== undefined && !/^-+$/.test(head));
  expect(rows.length).toBeGreaterThan(10);
  expect(rows.filter((head, place) => rows.indexOf(head) !== place)).toEqual([]);
});

it('docs/observability.md has the variables of OpenTelemetry', () => {
  const page = readPage('docs/observability.md');
  const names = Object.keys(variablesSchema.shape).filter((name) => name.startsWith('OTEL_'));
  const isNamed = (name: string) =>
    page.includes(`\`${name}\``) || page.includes(`\`…${name.replace('OTEL_EXPORTER_OTLP', '')}\``);
  expect(names.length).toBeGreaterThan(0);
  expect(names.filter((name) => !isNamed(name))).toEqual([]);
});

describe('the running program', () => {
  let running: RunningRest;
  let ids: ReadonlyMap<string, string>;
  let databaseId: string;

  beforeAll(async () => {
    running = await startRest();
    const made = Object.entries(COMPONENTS).map(async ([type, config]) => {
      const body = { name: `docs-${type}`, mcp_type: type, config: { type, ...config } };
      const answer = await running.rest.post<{ id: string }>('/mcp-definitions', body);
      return [type, answer.body.id] as const;
    });
    ids = new Map(await Promise.all(made));
    // A configuration may only refer to secrets and databases that there are.
    const names = readPage('docs/components.md').matchAll(/secrets\.([A-Z_]+)/g);
    for (const name of new Set([...names].map(([, secret]) => secret))) {
      await running.rest.post('/secrets', { name, value: 'a value for the documentation' });
    }
    const database = {
      name: 'docs',
      db_type: 'postgresql',
      host: '127.0.0.1',
      port: 1,
      db_name: 'x',
      username: 'x',
      password: 'x',
    };
    databaseId = (await running.rest.post<{ id: string }>('/external-db-configs', database)).body.id;
  });
  afterAll(() => running.app.stop());

  const workflows = ['docs/workflows.md', 'docs/components.md']
    .flatMap((path) => blocks(readPage(path), 'json'))
    .map((text) => ({ text, body: JSON.parse(text) as { name?: string; steps?: unknown } }))
    .filter(({ body }) => Array.isArray(body.steps));

  it.each(workflows.map(({ text, body }) => [body.name, text]))(
    'accepts the documented workflow %s',
    async (_name, text) => {
      const body: unknown = JSON.parse(
        text.replace(/<(\w+)>/g, (_all, type: string) => ids.get(type) ?? type),
      );
      const answer = await running.rest.post('/workflow-definitions/validate', body);
      expect(answer.body).toEqual({ valid: true, errors: [] });
    },
  );

  const configs = blocks(readPage('docs/components.md'), 'json')
    .map((text) => JSON.parse(text) as { type?: string })
    .filter(({ type }) => type !== undefined);

  it.each(configs.map((config, index) => [`${config.type ?? ''} ${index}`, config] as const))(
    'accepts the documented configuration %s',
    async (name, documented) => {
      const config = {
        ...documented,
        ...('external_db_config_id' in documented && { external_db_config_id: databaseId }),
      };
      const body = { name, mcp_type: config.type, config };
      expect((await running.rest.post('/mcp-definitions', body)).body).toMatchObject({ name });
    },
  );

  it('gives the result that the guide says', async () => {
    const [text = ''] = blocks(GUIDE, 'json').filter((block) => block.includes('"pick-up-the-pieces"'));
    const { rest } = running;
    const workflow = await rest.post<{ id: string }>('/workflow-definitions', JSON.parse(text));
    const run = await rest.post<{ id: string }>('/workflow-runs', {
      workflow_definition_id: workflow.body.id,
    });
    const result = await eventually(
      async () => (await rest.get<{ result: unknown }>(`/workflow-runs/${run.body.id}`)).body.result,
    );
    expect(result).toEqual(JSON.parse(/^Its result is `(.*)`\.$/m.exec(GUIDE)?.[1] ?? 'null'));
  });

  it("gives the README's result when its example is pasted into a shell", async () => {
    const section = README.slice(README.indexOf('## Your first workflow'));
    const script = (blocks(section, 'sh')[0] ?? '')
      .replace('http://127.0.0.1:3000', running.app.baseUrl)
      .replace('$(cat data/bootstrap-api-key)', running.key);
    const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], { cwd: ROOT });
    const run = JSON.parse(stdout.slice(stdout.lastIndexOf('\n{') + 1)) as {
      status: string;
      result: unknown;
    };
    expect([run.status, run.result]).toEqual(['succeeded', { said: 'THE SUM OF 19 AND 23 IS 42.' }]);
    expect(script).toContain(`The result is ${JSON.stringify(run.result)}`);
  });
});
