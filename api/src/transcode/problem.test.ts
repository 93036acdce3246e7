import { create, toBinary } from '@bufbuild/protobuf';
import { codeTable, fault } from '@busline/bus/errors';
import {
  BadRequestSchema,
  DebugInfoSchema,
  ErrorInfoSchema,
  QuotaFailureSchema,
  RetryInfoSchema,
} from '@busline/schemas/google/rpc/error_details';
import { Code, ConnectError } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { loadKitchenSink } from '../../testing/kitchen-sink.ts';
import { compileHttpRules } from './http-rule.ts';
import { problemOf } from './problem.ts';

const { registry, message, method } = loadKitchenSink();

describe('problemOf()', () => {
  // google/rpc/code.proto, comments; 499 has no registered title.
  it.each([
    [Code.Canceled, 499, 'CANCELLED', 'Client Closed Request'],
    [Code.Unknown, 500, 'UNKNOWN', 'Internal Server Error'],
    [Code.InvalidArgument, 400, 'INVALID_ARGUMENT', 'Bad Request'],
    [Code.DeadlineExceeded, 504, 'DEADLINE_EXCEEDED', 'Gateway Timeout'],
    [Code.NotFound, 404, 'NOT_FOUND', 'Not Found'],
    [Code.AlreadyExists, 409, 'ALREADY_EXISTS', 'Conflict'],
    [Code.PermissionDenied, 403, 'PERMISSION_DENIED', 'Forbidden'],
    [Code.ResourceExhausted, 429, 'RESOURCE_EXHAUSTED', 'Too Many Requests'],
    [Code.FailedPrecondition, 400, 'FAILED_PRECONDITION', 'Bad Request'],
    [Code.Aborted, 409, 'ABORTED', 'Conflict'],
    [Code.OutOfRange, 400, 'OUT_OF_RANGE', 'Bad Request'],
    [Code.Unimplemented, 501, 'UNIMPLEMENTED', 'Not Implemented'],
    [Code.Internal, 500, 'INTERNAL', 'Internal Server Error'],
    [Code.Unavailable, 503, 'UNAVAILABLE', 'Service Unavailable'],
    [Code.DataLoss, 500, 'DATA_LOSS', 'Internal Server Error'],
    [Code.Unauthenticated, 401, 'UNAUTHENTICATED', 'Unauthorized'],
  ])('code %i is HTTP %i %s', (code, status, name, title) => {
    expect(problemOf(new ConnectError('why', code), { path: '/v1/x' })).toMatchObject({
      type: 'about:blank',
      status,
      code: name,
      title,
      instance: '/v1/x',
    });
  });

  it('knows every code', () => {
    expect(Object.keys(codeTable)).toHaveLength(16);
  });

  it.each([Code.Unknown, Code.Internal])('tells nothing of code %i', (code) => {
    const info = { desc: ErrorInfoSchema, value: { reason: 'SECRET', domain: 'x' } };
    const text = JSON.stringify(
      problemOf(new ConnectError('password=hunter2', code, undefined, [info]), { path: '/' }),
    );
    expect(text).not.toMatch(/hunter2|SECRET/);
  });

  it('names the quotas that are used up', () => {
    const violations = [{ quotaId: 'search' }, { subject: 'project:shop' }];
    const error = new ConnectError('too many', Code.ResourceExhausted, undefined, [
      { desc: QuotaFailureSchema, value: { violations } },
    ]);
    expect(problemOf(error, { path: '/' })).toMatchObject({
      type: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
      status: 429,
      'violated-policies': ['search', 'project:shop'],
    });
  });

  it('carries details as google.protobuf.Any', () => {
    const child = message('Child');
    const error = new ConnectError('gone', Code.NotFound, undefined, [
      { desc: ErrorInfoSchema, value: { reason: 'SKU_UNKNOWN', domain: 'shop', metadata: { sku: 'tea' } } },
      { desc: RetryInfoSchema, value: { retryDelay: { seconds: 2n } } },
    ]);
    error.details.push(
      { type: child.typeName, value: toBinary(child, create(child, { name: 'n' })) },
      { type: 'other.Unknown', value: Uint8Array.of(1, 2) },
      { type: 'google.rpc.ErrorInfo', value: Uint8Array.of(0x0a, 0xff) },
      { desc: DebugInfoSchema, value: { stackEntries: ['secret.ts:1'] } },
    );
    const problem = problemOf(error, { path: '/', registry });
    expect(problem.detail).toBe('gone');
    expect(problem.details).toEqual([
      {
        '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
        reason: 'SKU_UNKNOWN',
        domain: 'shop',
        metadata: { sku: 'tea' },
      },
      { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '2s' },
      { '@type': 'type.googleapis.com/test.sink.v1.Child', name: 'n' },
      { '@type': 'type.googleapis.com/other.Unknown', value: 'AQI=' },
      { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', value: 'Cv8=' },
    ]);
  });

  it('writes a well-known type as a value', () => {
    const error = new ConnectError('x', Code.Aborted);
    error.details.push({ type: 'google.protobuf.Duration', value: Uint8Array.of(8, 3) });
    expect(problemOf(error, { path: '/', registry }).details).toEqual([
      { '@type': 'type.googleapis.com/google.protobuf.Duration', value: '3s' },
    ]);
  });

  it('points at each field of a BadRequest', () => {
    const [binding] = compileHttpRules(method('Update')).bindings;
    const fieldViolations = [
      { field: 'sink.int32_value', description: 'must be positive' },
      { field: 'tags[1]', description: 'too long' },
    ];
    const error = new ConnectError('bad', Code.InvalidArgument, undefined, [
      { desc: BadRequestSchema, value: { fieldViolations } },
    ]);
    expect(problemOf(error, { path: '/', binding }).errors).toEqual([
      { pointer: '#/int32Value', detail: 'must be positive' },
      { parameter: 'tags', detail: 'too long' },
    ]);
  });

  it('takes the status of HTTP where it says more than the code', () => {
    const error = new ConnectError('too large', Code.ResourceExhausted);
    expect(problemOf(error, { path: '/', status: 413 })).toMatchObject({
      status: 413,
      code: 'RESOURCE_EXHAUSTED',
      title: 'Payload Too Large',
    });
  });
});

describe('the fate of a call that failed on the bus', () => {
  it.each(['never-started', 'may-have-run'] as const)('is told: %s', (fate) => {
    const error = fault('WORKER_LOST', { message: 'its worker is gone', fate });
    expect(problemOf(error, { path: '/v1/orders' })).toMatchObject({
      status: 503,
      code: 'UNAVAILABLE',
      fate,
    });
  });

  it('is not, where the service itself answered', () => {
    expect(problemOf(new ConnectError('no', Code.Unavailable), { path: '/v1/orders' })).not.toHaveProperty(
      'fate',
    );
  });
});
