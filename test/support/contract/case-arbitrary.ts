import { randomUUID } from 'node:crypto';

import fc, { type Arbitrary } from 'fast-check';

import type { ApiDocument, Operation, Parameter, Schema } from './api-document';
import { type CaseKind, type ContractCase, FRESH } from './contract-case';
import { domainHints, type KnownIds } from './domain-hints';
import { tamePathValue, UNKNOWN_ID } from './path-values';
import { type ValueOptions, valueOf } from './schema-arbitrary';
import { faultsOf } from './schema-faults';

/** The parts of a request before they are put together. */
interface Parts {
  readonly path: Readonly<Record<string, string>>;
  readonly query: readonly (readonly [name: string, value: string])[];
  readonly headers: Readonly<Record<string, string>>;
  /** As text; undefined for none. */
  readonly body: string | undefined;
  readonly fault?: string;
}

/** Requests of an operation: all that its cases need to know. */
export interface CaseSource {
  readonly api: ApiDocument;
  readonly operation: Operation;
  readonly known: KnownIds;
}

/** Requests of one kind; null when the operation can have none, as one without inputs cannot be called wrongly. */
export function casesOf(source: CaseSource, kind: CaseKind): Arbitrary<ContractCase> | null {
  const parts = kind === 'invalid' ? invalidParts(source) : fittingParts(source, kind);
  return parts?.map((made) => assemble(source.operation, kind, made)) ?? null;
}

function fittingParts(source: CaseSource, kind: 'valid' | 'plausible'): Arbitrary<Parts> {
  const { api, operation, known } = source;
  const options: ValueOptions = {
    api,
    style: kind === 'valid' ? 'tame' : 'wild',
    hint: domainHints(known, isCreation(operation)),
  };
  const isTame = options.style === 'tame';
  const inPath = parametersIn(operation, 'path').map((parameter): [string, Arbitrary<string>] => {
    const tame = tamePathValue(operation, parameter, known);
    return [
      parameter.name,
      isTame ? tame : fc.oneof({ weight: 3, arbitrary: tame }, wildPathValue(parameter, options)),
    ];
  });
  return fc.record({
    path: fc.record(Object.fromEntries(inPath)),
    query: fc
      .tuple(...parametersIn(operation, 'query').map((each) => queryValue(each, options)))
      .map((all) => all.flat()),
    headers: fc
      .tuple(...parametersIn(operation, 'header').map((each) => headerValue(each, options)))
      .map((all) => Object.fromEntries(all.flat()) as Record<string, string>),
    body:
      operation.body === null
        ? fc.constant(undefined)
        : valueOf(operation.body, options).map((value) =>
            JSON.stringify(isTame ? withMatchingType(value) : value),
          ),
  });
}

/** A valid request with one thing broken. */
function invalidParts(source: CaseSource): Arbitrary<Parts> | null {
  const valid = fittingParts(source, 'valid');
  const broken = [
    ...brokenBodies(source, valid),
    ...brokenQueries(source, valid),
    ...brokenPaths(source, valid),
    ...missingHeaders(source, valid),
  ];
  return broken.length === 0 ? null : fc.oneof(...broken);
}

function brokenBodies({ api, operation }: CaseSource, valid: Arbitrary<Parts>): Arbitrary<Parts>[] {
  const { body: schema } = operation;
  if (schema === null) return [];
  const atOnePlace = fc.tuple(valid, fc.nat()).map(([parts, choice]): Parts => {
    const faults = faultsOf(api, schema, JSON.parse(parts.body ?? 'null'));
    const chosen = faults[choice % Math.max(faults.length, 1)];
    return chosen === undefined
      ? { ...parts, body: '[]', fault: 'a list for a body' }
      : { ...parts, body: JSON.stringify(chosen.value), fault: chosen.fault };
  });
  const asAWhole = fc.tuple(valid, fc.constantFrom(...NO_BODIES)).map(([parts, [body, fault]]): Parts => ({
    ...parts,
    body,
    fault,
  }));
  const ofAnotherType = fc.tuple(valid, fc.constantFrom(...OTHER_TYPES)).map(([parts, type]): Parts => ({
    ...parts,
    headers: { ...parts.headers, 'content-type': type },
    fault: `sent as ${type}`,
  }));
  return operation.bodyRequired ? [atOnePlace, atOnePlace, asAWhole, ofAnotherType] : [atOnePlace];
}

/** Bodies that no JSON object is. */
const NO_BODIES: readonly (readonly [body: string | undefined, fault: string])[] = [
  [undefined, 'without a body'],
  ['', 'with an empty body'],
  ['{"name": }', 'broken JSON'],
  ['{"name": "a"', 'JSON that ends early'],
  ['{"name": "a"} {}', 'two documents'],
  ["{'name': 'a'}", 'JavaScript for JSON'],
  ['\u0000', 'a NUL for JSON'],
  ['[]', 'a list'],
  ['"text"', 'a text'],
  ['null', 'null'],
  ['1e999', 'a number beyond doubles'],
  [`${'['.repeat(20_000)}${']'.repeat(20_000)}`, 'lists 20,000 deep'],
  [`${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`, 'objects 20,000 deep'],
  [`{"name": "${'x'.repeat(1024 * 1024)}"}`, 'more than 1 MB'],
];

const OTHER_TYPES = [
  'text/plain',
  'application/xml',
  'multipart/form-data; boundary=x',
  'application/x-www-form-urlencoded',
];

function brokenQueries({ api, operation }: CaseSource, valid: Arbitrary<Parts>): Arbitrary<Parts>[] {
  return parametersIn(operation, 'query').flatMap((parameter) => {
    const schema = api.resolve(parameter.schema);
    const values = BROKEN_QUERY_VALUES.filter((text) => isRefused(api, schema, text));
    const texts = values.map((text) => [[parameter.name, text] as const]);
    const isList = schema['type'] === 'array';
    const twice = isList ? [] : [[[parameter.name, '1'] as const, [parameter.name, '2'] as const]];
    const choices = [...texts, ...twice];
    if (choices.length === 0) return [];
    return fc.tuple(valid, fc.constantFrom(...choices)).map(([parts, broken]): Parts => ({
      ...parts,
      query: [...parts.query.filter(([name]) => name !== parameter.name), ...broken],
      fault: `?${toQuery(broken).slice(0, 100)}`,
    }));
  });
}

const BROKEN_QUERY_VALUES = [
  '',
  'x y',
  '-1',
  '0',
  '101',
  '1.5',
  '1e400',
  'true',
  'null',
  '99999999999999999999',
  'x'.repeat(201),
];

/** Whether the schema takes the text in none of the readings that a text of a query has. */
function isRefused(api: ApiDocument, schema: Schema, text: string): boolean {
  const readings: unknown[] = [text, [text]];
  if (text !== '' && Number.isFinite(Number(text))) readings.push(Number(text));
  if (text === 'true') readings.push(true);
  return readings.every((reading) => api.faultOf(schema, reading) !== null);
}

function brokenPaths({ api, operation }: CaseSource, valid: Arbitrary<Parts>): Arbitrary<Parts>[] {
  return parametersIn(operation, 'path').flatMap((parameter) => {
    const refused = BAD_IDS.filter(([, text]) => api.faultOf(parameter.schema, text) !== null);
    if (refused.length === 0) return [];
    return fc.tuple(valid, fc.constantFrom(...refused)).map(([parts, [encoded]]): Parts => ({
      ...parts,
      path: { ...parts.path, [parameter.name]: encoded },
      fault: `${parameter.name} of ${encoded.slice(0, 60)}`,
    }));
  });
}

/** As they stand in a path, and decoded. */
const BAD_IDS: readonly (readonly [encoded: string, decoded: string])[] = [
  ['x', 'x'],
  ['0', '0'],
  ['%00', '\0'],
  ['%E0%A4%A', '%E0%A4%A'],
  ['%ED%A0%80', '%ED%A0%80'],
  ['..%2F..%2Fetc', '../../etc'],
  [`${UNKNOWN_ID}0`, `${UNKNOWN_ID}0`],
  [`${UNKNOWN_ID}%0A`, `${UNKNOWN_ID}\n`],
  ['%27%20OR%201%3D1', "' OR 1=1"],
  ['x'.repeat(2000), 'x'.repeat(2000)],
];

function missingHeaders({ operation }: CaseSource, valid: Arbitrary<Parts>): Arbitrary<Parts>[] {
  return parametersIn(operation, 'header')
    .filter(({ required }) => required === true)
    .map(({ name }) =>
      valid.map(({ headers, ...parts }): Parts => {
        const { [name.toLowerCase()]: _left, ...rest } = headers;
        return { ...parts, headers: rest, fault: `without the header ${name}` };
      }),
    );
}

function queryValue(
  { name, required, schema }: Parameter,
  options: ValueOptions,
): Arbitrary<(readonly [string, string])[]> {
  const hinted = options.style === 'tame' ? options.hint(name, { [name]: schema }) : null;
  const value = hinted ?? valueOf(schema, options);
  const pairs = value.map((made) => listed(made).map((each) => [name, String(each)] as const));
  return required === true ? pairs : fc.option(pairs, { nil: [] });
}

/** The values of a query parameter: none of what a hint leaves out, each of a list. */
function listed(value: unknown): unknown[] {
  return value === undefined ? [] : [value].flat();
}

function headerValue(
  { name, required, schema }: Parameter,
  options: ValueOptions,
): Arbitrary<[string, string][]> {
  // An If-Match that fits is the matter of a test of its own; any other is refused, as it should be.
  if (options.style === 'tame' && name.toLowerCase() === 'if-match') return fc.constant([]);
  // A key that any other request used is refused.
  const values =
    name.toLowerCase() === 'idempotency-key'
      ? fc.constant(null).map(() => randomUUID())
      : valueOf(schema, { ...options, style: 'tame' });
  const pairs = values.map((value): [string, string][] => [[name.toLowerCase(), String(value)]]);
  return required === true ? pairs : fc.option(pairs, { nil: [] });
}

function wildPathValue({ schema }: Parameter, options: ValueOptions): Arbitrary<string> {
  return valueOf(schema, options)
    .map(String)
    .filter((text) => text !== '' && text.isWellFormed() && !/^\.{1,2}$/.test(text))
    .map(encodeURIComponent);
}

/** A component's `mcp_type` is its configuration's `type`: no schema says that two fields are equal. */
function withMatchingType(value: unknown): unknown {
  const { mcp_type: type, config } = (value ?? {}) as { mcp_type?: string; config?: { type?: string } };
  return type === undefined || config?.type === undefined
    ? value
    : { ...(value as object), mcp_type: config.type };
}

function assemble({ method, path }: Operation, kind: CaseKind, parts: Parts): ContractCase {
  const filled = path.replace(/\{(\w+)\}/g, (_all, name: string) => parts.path[name] ?? FRESH);
  const query = toQuery(parts.query);
  return {
    kind,
    method,
    target: query === '' ? filled : `${filled}?${query}`,
    headers: { ...(parts.body !== undefined && { 'content-type': 'application/json' }), ...parts.headers },
    ...(parts.body !== undefined && { body: parts.body }),
    ...(parts.fault !== undefined && { fault: parts.fault }),
  };
}

function toQuery(pairs: Parts['query']): string {
  return pairs.map(([name, value]) => `${name}=${encodeURIComponent(value.toWellFormed())}`).join('&');
}

function parametersIn({ parameters }: Operation, place: Parameter['in']): readonly Parameter[] {
  return parameters.filter((parameter) => parameter.in === place);
}

function isCreation({ method, path }: Operation): boolean {
  return method === 'POST' && !path.includes('{');
}
