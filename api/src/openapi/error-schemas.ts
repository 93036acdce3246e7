import { codeTable } from '@busline/bus/errors';
import type { JsonSchema } from './json-schema.ts';

const codes = Object.values(codeTable);

export const anyMessage: JsonSchema = {
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
export const problem: JsonSchema = {
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
export const connectError: JsonSchema = {
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

/** An error as Google's APIs write it: see `GoogleError` in transcode/google-error.ts. */
export const googleStatus: JsonSchema = {
  type: 'object',
  description: 'What went wrong (AIP-193).',
  properties: {
    code: { type: 'integer', format: 'int32', description: 'The HTTP status that the error stands for.' },
    message: { type: 'string', description: 'What happened, why, and what to do.' },
    status: code,
    details: { type: 'array', items: { $ref: '#/components/schemas/Any' } },
  },
  required: ['code', 'message', 'status'],
};

/** The body of a REST error, and the last line of a stream that failed, in that form. */
export const googleError: JsonSchema = {
  type: 'object',
  properties: { error: { $ref: '#/components/schemas/Status' } },
  required: ['error'],
};
