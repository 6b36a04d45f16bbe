import { STATUS_CODES } from 'node:http';

import type { Exchange } from './recorder.mts';

/** An answer of more lines is shortened, step by step: how many items of a list, and how deep. */
const MOST_LINES = 60;
const SHORTENINGS = [
  { items: 3, depth: 9 },
  { items: 2, depth: 7 },
  { items: 1, depth: 6 },
  { items: 1, depth: 5 },
  { items: 1, depth: 4 },
  { items: 1, depth: 3 },
] as const;
/** Texts such as metrics and streams are cut after this many lines. */
const MOST_TEXT_LINES = 24;
const MOST_CHARACTERS = 300;
/** Marks what becomes a comment. */
const CUT = '\u2702';

/** A request and its answer as Markdown. */
export function example(exchange: Exchange): string {
  const { method, target, headers, body, status, etag, answer } = exchange;
  const sent = Object.entries({
    ...headers,
    ...(body !== undefined && { 'Content-Type': 'application/json' }),
  });
  const request = [`${method} ${target}`, ...sent.map(([name, value]) => `${name}: ${value}`)];
  return [
    fenced('http', request.join('\n')),
    ...(body === undefined ? [] : [fenced('json', json(body))]),
    `Answer: \`${status} ${STATUS_CODES[status] ?? ''}\`${etag === null ? '' : `, \`ETag: ${etag}\``}`,
    ...(answer === ''
      ? []
      : [typeof answer === 'string' ? fenced('text', shortText(answer)) : fenced('json', json(answer))]),
  ].join('\n\n');
}

function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

function shortText(text: string): string {
  const lines = text.trimEnd().split('\n');
  if (lines.length <= MOST_TEXT_LINES) return lines.join('\n');
  return [...lines.slice(0, MOST_TEXT_LINES), '…'].join('\n');
}

/** JSON of a length that is read; comments tell what was left out. */
function json(value: unknown): string {
  let text = '';
  for (const { items, depth } of SHORTENINGS) {
    text = JSON.stringify(shorten(value, items, depth), null, 2);
    if (text.split('\n').length <= MOST_LINES) break;
  }
  return text
    .replaceAll(new RegExp(`^(\\s*)"${CUT}(.*?)"(: "")?,?$`, 'gm'), '$1// $2')
    .replaceAll(new RegExp(`"${CUT}(.*?)"`, 'g'), '/* $1 */ null');
}

function shorten(value: unknown, items: number, depth: number): unknown {
  if (typeof value === 'string') {
    return value.length > MOST_CHARACTERS ? `${value.slice(0, MOST_CHARACTERS)}…` : value;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    if (depth === 0 && value.length > 0) return [`${CUT}…`];
    const kept = value.slice(0, items).map((item) => shorten(item, items, depth - 1));
    const left = value.length - kept.length;
    return left > 0 ? [...kept, `${CUT}… ${left} more`] : kept;
  }
  const entries = Object.entries(value);
  if (depth === 0 && entries.length > 0) return { [`${CUT}…`]: '' };
  return Object.fromEntries(entries.map(([name, field]) => [name, shorten(field, items, depth - 1)]));
}
