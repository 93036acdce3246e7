import { problemContentType } from '../transcode/problem.ts';
import { anyMessage, connectError, googleError, googleStatus, problem } from './error-schemas.ts';
import type { JsonSchema } from './json-schema.ts';
import type { HeaderObject, PathItem, Reference, ResponseObject } from './openapi-document.ts';

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
  KeyInUse: 'The call that the idempotency key stands for is not over.',
  KeyReused: 'The idempotency key stands for another request.',
  Failure: 'The call failed; the code tells how.',
} as const;

export type Situation = keyof typeof situations;

const situationNames = Object.keys(situations) as Situation[];

/** How errors look: on REST paths as the edge is configured, in the Connect protocol's form on procedures. */
export type ErrorForm = RestErrorForm | 'ConnectError';

export type RestErrorForm = 'Problem' | 'GoogleError';

const contentTypes: Readonly<Record<ErrorForm, string>> = {
  Problem: problemContentType,
  GoogleError: 'application/json',
  ConnectError: 'application/json',
};

/** The components that the errors of these paths refer to. */
export function errorComponents(
  paths: readonly PathItem[],
  restErrors: RestErrorForm,
): {
  readonly schemas: Readonly<Record<string, JsonSchema>>;
  readonly responses: Readonly<Record<string, ResponseObject>>;
  readonly headers: Readonly<Record<string, HeaderObject>>;
} {
  // References are few kinds of short strings, and a document is a few hundred kilobytes at most.
  const text = JSON.stringify(paths);
  const isReferred = ({ $ref }: Reference): boolean => text.includes(JSON.stringify($ref));
  const forms: readonly ErrorForm[] = [restErrors, 'ConnectError'];
  const pairs = forms.flatMap((form) => situationNames.map((situation) => ({ form, situation })));
  const mentioned = pairs.filter(({ form, situation }) => isReferred(errorResponse(form, situation)));
  const isUsed = (form: ErrorForm): boolean => mentioned.some((pair) => pair.form === form);
  const hasGoogleErrors = isUsed('GoogleError') || isReferred(streamErrorReference);
  return {
    schemas: {
      ...((isUsed('Problem') || hasGoogleErrors) && { Any: anyMessage }),
      ...(isUsed('Problem') && { Problem: problem }),
      ...(hasGoogleErrors && { Status: googleStatus, GoogleError: googleError }),
      ...(isUsed('ConnectError') && { ConnectError: connectError }),
    },
    responses: Object.fromEntries(
      mentioned.map(({ form, situation }) => [componentName(form, situation), responseOf(form, situation)]),
    ),
    headers: mentioned.length === 0 ? {} : errorHeaders,
  };
}

/** The last line of a stream that failed. */
export const streamErrorReference: Reference = { $ref: '#/components/schemas/GoogleError' };

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
  return form === 'ConnectError' ? `Procedure${situation}` : situation;
}
