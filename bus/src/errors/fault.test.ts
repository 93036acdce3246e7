import { ErrorInfoSchema, RetryInfoSchema } from '@busline/schemas/google/rpc/error_details';
import { Code, ConnectError } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { decodeStatus, encodeStatus } from '../wire/status.ts';
import {
  callFate,
  type FaultReason,
  fault,
  faultCodes,
  faultReason,
  retryAfterMs,
  withFate,
} from './fault.ts';

/** The error as the next hop gets it. */
function travelled(error: ConnectError): ConnectError {
  const read = decodeStatus(encodeStatus(error));
  if (read === undefined) throw new Error('the error did not survive the wire');
  return read;
}

describe('fault()', () => {
  it.each(Object.entries(faultCodes) as [FaultReason, Code][])(
    '%s has code %i, here and at the other end',
    (reason, code) => {
      const error = fault(reason, { message: 'what happened' });
      expect(error).toMatchObject({ code, rawMessage: 'what happened' });
      expect(faultReason(error)).toBe(reason);
      expect(faultReason(travelled(error))).toBe(reason);
      expect(travelled(error).code).toBe(code);
    },
  );

  it('carries its facts in ErrorInfo', () => {
    const error = fault('MESSAGE_TOO_LARGE', { message: 'x', facts: { maxBytes: '10', sizeBytes: '11' } });
    expect(travelled(error).findDetails(ErrorInfoSchema)).toMatchObject([
      { reason: 'MESSAGE_TOO_LARGE', domain: 'busline', metadata: { maxBytes: '10', sizeBytes: '11' } },
    ]);
  });

  it('keeps its cause to itself', () => {
    const error = fault('HANDLER_FAILED', { message: 'it failed', cause: new Error('password=secret') });
    expect(error.cause).toEqual(new Error('password=secret'));
    expect(Buffer.from(encodeStatus(error)).toString()).not.toContain('secret');
  });
});

describe('callFate()', () => {
  it.each(['never-started', 'may-have-run'] as const)('of a call that %s', (fate) => {
    expect(callFate(fault('DISCONNECTED', { message: 'x', fate }))).toBe(fate);
    expect(callFate(withFate(new ConnectError('x', Code.NotFound), fate))).toBe(fate);
  });

  it('does not travel: what one hop knows of its call says nothing about the next', () => {
    const error = fault('NO_RESPONDERS', { message: 'x', fate: 'never-started' });
    expect(callFate(travelled(error))).toBeUndefined();
    expect(Buffer.from(encodeStatus(error)).toString()).not.toContain('never-started');
  });

  it.each([
    new ConnectError('a handler said so', Code.Unavailable),
    fault('DEADLINE', { message: 'x' }),
    new Error('x'),
    undefined,
    'never-started',
  ])('is unknown for %s', (error) => {
    expect(callFate(error)).toBeUndefined();
  });
});

describe('faultReason()', () => {
  const withInfo = (reason: string, domain: string): ConnectError =>
    new ConnectError('x', Code.Internal, undefined, [{ desc: ErrorInfoSchema, value: { reason, domain } }]);

  it.each([
    ['an error of a handler', new ConnectError('x', Code.Internal)],
    ['the same reason of another domain', withInfo('OVERLOADED', 'acme.com')],
    ['a reason of a later version', withInfo('SOMETHING_NEW', 'busline')],
    ['a reason that every object has', withInfo('toString', 'busline')],
    ['what is no ConnectError', new Error('OVERLOADED')],
    ['nothing', undefined],
  ])('is unknown for %s', (_, error) => {
    expect(faultReason(error)).toBeUndefined();
  });

  it('is found beside another domain', () => {
    const error = withInfo('CARD_DECLINED', 'payments');
    error.details.push({ desc: ErrorInfoSchema, value: { reason: 'OVERLOADED', domain: 'busline' } });
    expect(faultReason(error)).toBe('OVERLOADED');
  });
});

describe('retryAfterMs()', () => {
  it.each([0, 1, 50, 999, 1_000, 1_500.5, 3_600_000])('gives %d ms back after the wire', (ms) => {
    const error = fault('OVERLOADED', { message: 'x', retryAfterMs: ms });
    expect(retryAfterMs(travelled(error))).toBe(ms);
  });

  it.each([
    ['without RetryInfo', new ConnectError('x', Code.ResourceExhausted)],
    [
      'with an empty RetryInfo',
      new ConnectError('x', Code.ResourceExhausted, undefined, [{ desc: RetryInfoSchema, value: {} }]),
    ],
  ])('is undefined for an error %s', (_, error) => {
    expect(retryAfterMs(error)).toBeUndefined();
  });
});
