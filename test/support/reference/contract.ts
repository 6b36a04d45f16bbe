import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** An endpoint as the contract describes it. */
export interface ReferenceEndpoint {
  /** `POST /mcp-definitions` */
  readonly name: string;
  /** The shapes of its bodies; null where the page shows none. */
  readonly request: unknown;
  readonly response: unknown;
}

const PAGE = resolve(__dirname, 'contract.md');

/** The contract: the reference as it was when the product was asked for. The program is compared with it. */
export function readContract(): string {
  return readFileSync(PAGE, 'utf8');
}

/** Every endpoint of the page, in its order. */
export function endpointsOf(page: string): ReferenceEndpoint[] {
  const endpoints = section(page, 'Endpoints');
  return endpoints.split(/^(?=#{3,4} )/m).flatMap((part) => {
    const call = /```http\n([A-Z]+ \/\S*)\n```/.exec(part)?.[1];
    if (call === undefined) return [];
    return [
      { name: call, request: shapeAfter(part, 'Request Body'), response: shapeAfter(part, 'Response') },
    ];
  });
}

/** The `detail` of each error of the page, by its status. */
export function errorDetailsOf(page: string): Map<number, string> {
  const errors = section(page, 'Error Responses');
  const found = errors.matchAll(/^### (\d{3}) .*\n+```json\n([\s\S]*?)```/gm);
  return new Map(
    [...found].map(([, status, json]) => [
      Number(status),
      (JSON.parse(json ?? '') as { detail: string }).detail,
    ]),
  );
}

/** The items of a list that stand in backquotes as `Name: value`, as pairs. */
export function headersOf(page: string, title: string): [name: string, value: string][] {
  return [...section(page, title).matchAll(/^ *- `([\w-]+): (.+)`$/gm)].map(([, name = '', value = '']) => [
    name,
    value,
  ]);
}

/** The text below a heading of the second level. */
export function section(page: string, title: string): string {
  const [, text] = page.split(`\n## ${title}\n`);
  if (text === undefined) throw new Error(`contract.md has no section ${title}`);
  return text.split(/^## /m)[0] ?? '';
}

/** The first JSON block behind a label. Its comments stand for fields that depend on the case. */
function shapeAfter(part: string, label: string): unknown {
  const json = new RegExp(`\\*\\*${label}:\\*\\*\\n+\`\`\`json\\n([\\s\\S]*?)\`\`\``).exec(part)?.[1];
  return json === undefined ? null : (JSON.parse(json.replaceAll(/^\s*\/\/.*$/gm, '')) as unknown);
}
