import { SECURITY_HEADERS } from '../../../src/common/http/security-headers.middleware';
import type { Answer, ApiDocument, Operation } from './api-document';
import type { ContractCase } from './contract-case';
import type { ContractAnswer } from './contract-client';

/** A request with its answer, and what the document says of the operation. */
export interface Exchange {
  readonly api: ApiDocument;
  readonly operation: Operation;
  readonly request: ContractCase;
  readonly answer: ContractAnswer;
}

/** Gives what is wrong as a sentence, null when nothing is. */
export type Check = (exchange: Exchange) => string | null;

/** Not limited, so without the headers of a limit: probes must not run into one. */
const UNLIMITED = /\/(health(\/\w+)?|metrics)$/;

/** Requests that the rules of the domain can refuse, however well formed: a name that is taken, an id that is gone. */
const DOMAIN_REFUSALS = new Set([409]);

/**
 * Operations that may refuse what their schema allows, for something that it cannot say: a run that holds for no
 * signal; what a type of database needs beside its type; a database that is not there; a
 * component of a type without tools, or that cannot be tested; a webhook whose token was replaced; a session, where
 * the request came with a key; what an import refers to.
 */
export const STATEFUL: ReadonlySet<string> = new Set([
  'signalWorkflowRun',
  'createExternalDbConfig',
  'updateExternalDbConfig',
  'getExternalDbSchema',
  'queryExternalDb',
  'listMcpTools',
  'acceptMcpTools',
  'testMcpDefinition',
  'postToWebhook',
  'getSession',
  'refreshSession',
  'endSession',
  'importConfiguration',
  'importMcpJson',
  'importServerJson',
  'exportServerJson',
]);

/** Operations that serve every key, whatever its scopes. */
export const SCOPE_FREE: ReadonlySet<string> = new Set([
  'beginSession',
  'getSession',
  'refreshSession',
  'endSession',
]);

/** Operations whose purpose is to say what is wrong: they answer 200 with the faults. */
const VALIDATORS: ReadonlySet<string> = new Set(['validateWorkflowDefinition']);

/** How a request is refused for what it is. */
const REFUSALS = new Set([400, 413, 415, 422]);

/** The checks of one exchange, by the names that Schemathesis gave them. */
export const CHECKS: Readonly<Record<string, Check>> = {
  not_a_server_error: ({ operation, answer: { status, text } }) => {
    // A server of the user's that fails is told as 502 or 504, where the document says so.
    const isRelayed = (status === 502 || status === 504) && String(status) in operation.answers;
    return status >= 500 && !isRelayed ? `answered ${status}: ${text}` : null;
  },

  status_code_conformance: ({ operation, answer: { status, text } }) =>
    String(status) in operation.answers
      ? null
      : `answered ${status}, which the document lists not (${Object.keys(operation.answers).join(', ')}): ${text}`,

  content_type_conformance: ({ operation, answer }) => {
    const documented = Object.keys(documentedAnswer(operation, answer).content);
    if (documented.length === 0)
      return answer.text === '' ? null : 'has a body where the document describes none';
    const type = mediaTypeOf(answer);
    return documented.includes(type) ? null : `is ${type || 'of no type'}, not ${documented.join(' or ')}`;
  },

  response_headers_conformance: ({ api, operation, answer }) => {
    for (const [name, value] of SECURITY_HEADERS) {
      if (answer.headers[name.toLowerCase()] !== value) return `${name} is not ${value}`;
    }
    const { headers } = documentedAnswer(operation, answer);
    const limits = UNLIMITED.test(operation.path)
      ? []
      : ['X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset'];
    for (const name of ['X-Request-Id', ...limits, ...Object.keys(headers)]) {
      const { required = name.startsWith('X-'), schema } = headers[name] ?? {};
      const text = answer.headers[name.toLowerCase()];
      if (text === undefined) {
        if (required) return `lacks the header ${name}`;
        continue;
      }
      const fault = schema === undefined ? null : api.faultOf(schema, headerValue(text, schema['type']));
      if (fault !== null) return `has a header ${name} of ${text}: ${fault}`;
    }
    return null;
  },

  response_schema_conformance: ({ api, operation, answer }) => {
    const schema = documentedAnswer(operation, answer).content['application/json']?.schema;
    if (schema === undefined || mediaTypeOf(answer) !== 'application/json') return null;
    const fault = api.faultOf(schema, JSON.parse(answer.text));
    return fault === null ? null : `${fault}: ${answer.text}`;
  },

  positive_data_acceptance: ({ operation, request, answer: { status, text } }) => {
    if (request.kind !== 'valid' || STATEFUL.has(operation.id) || status < 300 || DOMAIN_REFUSALS.has(status))
      return null;
    return `refused a valid request with ${status}: ${text}`;
  },

  negative_data_rejection: ({ operation, request, answer: { status, text } }) => {
    if (request.kind !== 'invalid' || REFUSALS.has(status)) return null;
    // Where no body is needed, null says that there is none.
    if (request.body === 'null' && !operation.bodyRequired) return null;
    if (VALIDATORS.has(operation.id) && text.startsWith('{"valid":false')) return null;
    return `answered ${status} to an invalid request (${request.fault ?? ''}): ${text.slice(0, 500)}`;
  },
};

/** The first fault, with the name of its check; null when the exchange keeps the contract. */
export function faultOf(exchange: Exchange): string | null {
  for (const [name, check] of Object.entries(CHECKS)) {
    const fault = check(exchange);
    if (fault !== null) return `${name}: ${exchange.operation.id} ${fault}`;
  }
  return null;
}

function documentedAnswer({ answers }: Operation, { status }: ContractAnswer): Answer {
  return answers[status] ?? { headers: {}, content: {} };
}

function mediaTypeOf({ headers }: ContractAnswer): string {
  return (headers['content-type'] ?? '').split(';', 1)[0] ?? '';
}

function headerValue(text: string, type: unknown): unknown {
  return type === 'integer' || type === 'number' ? Number(text) : text;
}
