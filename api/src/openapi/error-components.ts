import { codeTable } from '@busline/bus/errors';
import { problemContentType } from '../transcode/problem.ts';
import type { JsonSchema } from './json-schema.ts';
import type { HeaderObject, PathItem, Reference, ResponseObject } from './openapi-document.ts';

const codes = Object.values(codeTable);

const anyMessage: JsonSchema = {
  type: 'object',
  description: 'A message of any type (`google.protobuf.Any`), in its JSON form.',
  properties: { '@type': { type: 'string', examples: ['type.googleapis.com/google.rpc.ErrorInfo'] } },
  required: ['@type'],
  additionalProperties: true,
};

const code: JsonSchema = {
  type: 'string',
  enum: codes.map(({ name }) => name),
  description: 'The canonical code (`google.rpc.Code`).',
};

/** The body of a REST error: see `Problem` in transcode/problem.ts. */
const problem: JsonSchema = {
  type: 'object',
  description: 'What went wrong (RFC 9457), with the members of `google.rpc.Status`.',
  properties: {
    type: { type: 'string', format: 'uri-reference', examples: ['about:blank'] },
    title: { type: 'string', description: 'The status in words.' },
    status: { type: 'integer', format: 'int32', description: 'The HTTP status.' },
    detail: { type: 'string', description: 'What happened, why, and what to do.' },
    instance: { type: 'string', format: 'uri-reference', description: 'The path of the request.' },
    code,
    details: { type: 'array', items: { $ref: '#/components/schemas/Any' } },
    fate: {
      type: 'string',
      enum: ['never-started', 'may-have-run'],
      description:
        'Where the call failed on the way: whether it never started, and can be sent again safely, or may have run. Absent when the service itself answered.',
    },
    errors: {
      type: 'array',
      description: 'The fields that break the rules of the contract.',
      items: {
        type: 'object',
        properties: {
          pointer: {
            type: 'string',
            description: 'Where in the body: a JSON pointer.',
            examples: ['#/name'],
          },
          parameter: { type: 'string', description: 'Which path or query parameter.' },
          detail: { type: 'string', description: 'The rule it breaks.' },
        },
        required: ['detail'],
      },
    },
    requestId: { type: 'string', description: 'Names the request in the logs.' },
    traceId: { type: 'string', description: 'The W3C trace id.' },
  },
  required: ['type', 'title', 'status', 'detail', 'code'],
};

/** The body of an error of the Connect protocol. */
const connectError: JsonSchema = {
  type: 'object',
  description: 'What went wrong (Connect protocol, "Error JSON").',
  properties: {
    code: {
      type: 'string',
      // Only this one is spelled differently.
      enum: codes.map(({ name }) => (name === 'CANCELLED' ? 'canceled' : name.toLowerCase())),
    },
    message: { type: 'string', description: 'What happened, why, and what to do.' },
    details: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          type: { type: 'string', description: 'The full name of a message type.' },
          value: { type: 'string', contentEncoding: 'base64', description: 'The message in binary form.' },
          debug: { description: 'The same as JSON, where the edge knows the type.' },
        },
        required: ['type', 'value'],
      },
    },
  },
  required: ['code'],
};

const errorHeaders: Readonly<Record<string, HeaderObject>> = {
  RequestId: {
    description: 'Names the request in the logs: the one that was sent, or a new one.',
    schema: { type: 'string' },
  },
  RetryAfter: {
    description: 'After how many seconds to try again.',
    schema: { type: 'integer', minimum: 1 },
  },
  CallFate: {
    description: 'Whether a call that failed on the way never started or may have run.',
    schema: { type: 'string', enum: ['never-started', 'may-have-run'] },
  },
};

/** What a client sees when a call fails, by the kinds of answer that operations refer to. */
const situations = {
  InvalidRequest: 'The request breaks the contract, or asks for what is not possible now.',
  Unauthenticated: 'Nobody is signed in, or the credentials are not valid.',
  PermissionDenied: 'The caller lacks a scope that the method asks for.',
  Failure: 'The call failed; the code tells how.',
} as const;

export type Situation = keyof typeof situations;

const situationNames = Object.keys(situations) as Situation[];

/** How errors look: as problems on REST paths, in the Connect protocol's form on procedures. */
export type ErrorForm = 'Problem' | 'ConnectError';

const contentTypes: Readonly<Record<ErrorForm, string>> = {
  Problem: problemContentType,
  ConnectError: 'application/json',
};

const forms = Object.keys(contentTypes) as ErrorForm[];

/** The components that the errors of these paths refer to. */
export function errorComponents(paths: readonly PathItem[]): {
  readonly schemas: Readonly<Record<string, JsonSchema>>;
  readonly responses: Readonly<Record<string, ResponseObject>>;
  readonly headers: Readonly<Record<string, HeaderObject>>;
} {
  const used = new Set(
    paths
      .flatMap((item) => Object.values(item))
      .flatMap(({ responses }) => Object.values(responses))
      .flatMap((response) => ('$ref' in response ? [response.$ref] : [])),
  );
  const pairs = forms.flatMap((form) => situationNames.map((situation) => ({ form, situation })));
  const mentioned = pairs.filter(({ form, situation }) => used.has(errorResponse(form, situation).$ref));
  const isUsed = (form: ErrorForm): boolean => mentioned.some((pair) => pair.form === form);
  return {
    schemas: {
      ...(isUsed('Problem') && { Any: anyMessage, Problem: problem }),
      ...(isUsed('ConnectError') && { ConnectError: connectError }),
    },
    responses: Object.fromEntries(
      mentioned.map(({ form, situation }) => [componentName(form, situation), responseOf(form, situation)]),
    ),
    headers: mentioned.length === 0 ? {} : errorHeaders,
  };
}

export function errorResponse(form: ErrorForm, situation: Situation): Reference {
  return { $ref: `#/components/responses/${componentName(form, situation)}` };
}

function responseOf(form: ErrorForm, situation: Situation): ResponseObject {
  return {
    description: situations[situation],
    headers: {
      'X-Request-Id': { $ref: '#/components/headers/RequestId' },
      'Busline-Call-Fate': { $ref: '#/components/headers/CallFate' },
      'Retry-After': { $ref: '#/components/headers/RetryAfter' },
    },
    content: { [contentTypes[form]]: { schema: { $ref: `#/components/schemas/${form}` } } },
  };
}

function componentName(form: ErrorForm, situation: Situation): string {
  return form === 'Problem' ? situation : `Procedure${situation}`;
}
