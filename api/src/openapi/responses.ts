import type { DescMessage } from '@bufbuild/protobuf';
import { isHttpBody, isHttpBodyField } from '../transcode/http-body.ts';
import type { HttpBinding } from '../transcode/http-rule.ts';
import { commentOf } from './comments.ts';
import { type ErrorForm, errorResponse, streamErrorReference } from './error-components.ts';
import { fieldSchema } from './field-schema.ts';
import type { JsonSchema } from './json-schema.ts';
import type { Content, Operation, ResponseObject } from './openapi-document.ts';
import { firstSentence } from './prose.ts';
import { rawContent } from './request-body.ts';
import type { TypeScope } from './type-scope.ts';
import { wellKnownSchema } from './well-known-schema.ts';

/** The answer of a binding when all is well. */
export function restAnswer(binding: HttpBinding, scope: TypeScope): ResponseObject {
  const { method, responseField } = binding;
  const { output } = method;
  const isRaw = responseField === undefined ? isHttpBody(output) : isHttpBodyField(responseField);
  const description = firstSentence(commentOf(responseField ?? output)) || 'The answer';
  if (isRaw) return { description, content: rawContent };
  const schema = responseField === undefined ? messageForm(output, scope) : fieldSchema(responseField, scope);
  if (method.methodKind === 'server_streaming') {
    return {
      description: `${description}. One for each message of the stream.`,
      content: streamContent(schema),
    };
  }
  return { description, content: { 'application/json': { schema } } };
}

/** The schema of a message that is a whole body. */
export function messageForm(desc: DescMessage, scope: TypeScope): JsonSchema {
  return wellKnownSchema(desc, {})?.keywords ?? scope.ref(desc);
}

const trailers: JsonSchema = {
  title: 'What the worker said at the end, if it did',
  type: 'object',
  properties: { trailers: { type: 'object', additionalProperties: { type: 'string' } } },
  required: ['trailers'],
};

function streamContent(schema: JsonSchema): Content {
  return {
    'application/x-ndjson': {
      schema: {
        title: 'One line',
        description:
          'A line for each message, and a last one with an error if the stream fails. `Accept: text/event-stream` asks for server-sent events instead.',
        oneOf: [
          { title: 'A message', type: 'object', properties: { result: schema }, required: ['result'] },
          trailers,
          { title: 'The error that ended the stream', ...streamErrorReference },
        ],
      },
    },
    'text/event-stream': {
      schema: {
        type: 'string',
        description:
          'Server-sent events: the messages as JSON in `data`, then one event named `end`, or one named `error` with the error.',
      },
    },
  };
}

/** The answers of an operation that fails. */
export function failures(form: ErrorForm, isSecured: boolean): Operation['responses'] {
  return {
    400: errorResponse(form, 'InvalidRequest'),
    ...(isSecured && {
      401: errorResponse(form, 'Unauthenticated'),
      403: errorResponse(form, 'PermissionDenied'),
    }),
    default: errorResponse(form, 'Failure'),
  };
}
