import { create } from '@bufbuild/protobuf';
import { OperationRecordSchema, State } from '@busline/schemas/busline/durable/v1/operation';
import { Code, ConnectError } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { expireTime, outcomeOf, withOutcome } from './outcome.ts';

const running = create(OperationRecordSchema, { state: State.RUNNING, keepResult: { seconds: 60n } });

describe('withOutcome()', () => {
  it('leaves the record it gets as it is', () => {
    const done = withOutcome(running, { kind: 'response', body: new Uint8Array([1]) });
    expect(running.state).toBe(State.RUNNING);
    expect(outcomeOf(running)).toBeUndefined();
    expect(outcomeOf(done)).toEqual({ kind: 'response', body: new Uint8Array([1]) });
  });

  it('keeps the first outcome', () => {
    const error = new ConnectError('no', Code.NotFound);
    const done = withOutcome(running, { kind: 'error', error });
    const again = withOutcome(done, { kind: 'response', body: new Uint8Array([1]) });
    expect(again).toBe(done);
    expect(outcomeOf(again)).toMatchObject({
      kind: 'error',
      error: { code: Code.NotFound, rawMessage: 'no' },
    });
  });
});

describe('expireTime()', () => {
  it('is known once there is an outcome', () => {
    expect(expireTime(running)).toBeUndefined();
    const done = withOutcome(running, { kind: 'response', body: new Uint8Array(0) });
    const doneAtMs = Number(done.doneTime?.seconds) * 1000;
    expect(Number(expireTime(done)) - doneAtMs).toBeGreaterThanOrEqual(60_000);
    expect(Number(expireTime(done)) - doneAtMs).toBeLessThan(61_000);
  });
});
