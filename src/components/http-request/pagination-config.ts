import type { Issue } from '../../engine/core/issue';
import type { JsonObject } from '../../engine/core/json';

const DEFAULT_PAGES = 10;
const MOST_PAGES = 1_000;

/** How the next page is found. */
const WAYS = ['link_header', 'next_url', 'cursor', 'page_number'] as const;
type Way = (typeof WAYS)[number];

/** Which fields a way needs; the others it cannot have. */
const FIELDS_OF: Readonly<
  Record<Way, { readonly needs: readonly string[]; readonly takes: readonly string[] }>
> = {
  link_header: { needs: [], takes: [] },
  next_url: { needs: ['path'], takes: [] },
  cursor: { needs: ['path', 'parameter'], takes: [] },
  page_number: { needs: ['parameter'], takes: ['first_page'] },
};

/** How a request goes on page by page, with everything in its place. */
export interface Pagination {
  readonly by: Way;
  /** Where a page's body holds its items; empty: it is the list itself. */
  readonly itemsPath: string;
  /** Where it holds the next page's address or cursor. */
  readonly path: string;
  /** Of the query, for a cursor or a page's number. */
  readonly parameter: string;
  readonly firstPage: number;
  readonly maxPages: number;
  /** Whether pages beyond that are left out rather than an error. */
  readonly allowTruncation: boolean;
}

const memberPath = {
  type: 'string',
  minLength: 1,
  maxLength: 256,
  pattern: '^[^.]+(\\.[^.]+)*$',
};

export const PAGINATION_SCHEMA: JsonObject = {
  type: 'object',
  required: ['by'],
  additionalProperties: false,
  description: 'Asks for page after page, and gives the items of all of them as the body.',
  properties: {
    by: {
      enum: [...WAYS],
      description:
        'link_header: the next address is in the Link header (rel="next"). next_url: it is in the body, at path. cursor: the value at path goes into the query. page_number: a number in the query, until a page has no items.',
    },
    items_path: {
      ...memberPath,
      description: 'Members by name, like data.items; without it the body is the list.',
    },
    path: {
      ...memberPath,
      description: 'Of next_url and cursor: like meta.next. Null, "" or nothing there: no more.',
    },
    parameter: {
      type: 'string',
      minLength: 1,
      maxLength: 128,
      description: 'Of cursor and page_number: the name in the query.',
    },
    first_page: { type: 'integer', minimum: 0, maximum: 1_000_000, default: 1 },
    max_pages: { type: 'integer', minimum: 1, maximum: MOST_PAGES, default: DEFAULT_PAGES },
    allow_truncation: {
      type: 'boolean',
      default: false,
      description: 'Whether pages beyond max_pages are left out; otherwise they are an error.',
    },
  },
};

/** Which fields a way of paging lacks, or has no use for; the configuration has passed the schema. */
export function paginationIssues(pagination: JsonObject): Issue[] {
  const by = pagination.by as Way;
  const { needs, takes } = FIELDS_OF[by];
  const special = ['path', 'parameter', 'first_page'];
  return [
    ...needs
      .filter((field) => !(field in pagination))
      .map((field) => ({ path: `pagination.${field}`, message: `is required with by: ${by}` })),
    ...special
      .filter((field) => field in pagination && ![...needs, ...takes].includes(field))
      .map((field) => ({ path: `pagination.${field}`, message: `is not used with by: ${by}` })),
  ];
}

/** Reads a configuration that has passed the schema and {@link paginationIssues}. */
export function readPagination(pagination: JsonObject): Pagination {
  return {
    by: pagination.by as Way,
    itemsPath: (pagination.items_path as string | undefined) ?? '',
    path: (pagination.path as string | undefined) ?? '',
    parameter: (pagination.parameter as string | undefined) ?? '',
    firstPage: (pagination.first_page as number | undefined) ?? 1,
    maxPages: (pagination.max_pages as number | undefined) ?? DEFAULT_PAGES,
    allowTruncation: pagination.allow_truncation === true,
  };
}
