import { Code, ConnectError } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { type CallFate, type FaultReason, fault, faultCodes, withFate } from '../../errors/fault.ts';
import { nextAttemptInMs } from './retry-policy.ts';

const reasons = Object.keys(faultCodes) as FaultReason[];
const noJitter = (): number => 0;

interface Case {
  readonly reason?: FaultReason;
  readonly fate?: CallFate;
  readonly attempts?: number;
  readonly idempotent?: boolean;
  readonly leftMs?: number;
  readonly retryAfterMs?: number;
}

function decide(given: Case, random = noJitter): number | undefined {
  const { reason = 'OVERLOADED', fate, retryAfterMs } = given;
  const { attempts = 1, idempotent = false, leftMs = 10_000 } = given;
  const error = fault(reason, { message: 'x', fate, retryAfterMs });
  return nextAttemptInMs({ error, attempts, idempotent, leftMs }, random);
}

describe('nextAttemptInMs()', () => {
  const anotherWorkerMayHelp = ['WORKER_LOST', 'DRAINING', 'DRAIN_TIMEOUT', 'OVERLOADED'];

  it.each(reasons)('%s is tried again only where another worker may help and it is safe', (reason) => {
    const helps = anotherWorkerMayHelp.includes(reason);
    const retried = (fate: CallFate | undefined, idempotent: boolean): boolean =>
      decide({ reason, fate, idempotent }) !== undefined;
    expect(retried('never-started', false)).toBe(helps);
    expect(retried('never-started', true)).toBe(helps);
    expect(retried('may-have-run', true)).toBe(helps);
    expect(retried('may-have-run', false)).toBe(false);
    // A handler answered, perhaps with the error of a call of its own: it ran.
    expect(retried(undefined, false)).toBe(false);
    expect(retried(undefined, true)).toBe(false);
  });

  it('leaves the error of a handler alone, whatever its code', () => {
    for (const code of [Code.Unavailable, Code.ResourceExhausted, Code.Aborted]) {
      const error = withFate(new ConnectError('x', code), 'never-started');
      expect(nextAttemptInMs({ error, attempts: 1, idempotent: true, leftMs: 10_000 })).toBeUndefined();
    }
  });

  it.each([
    [1, 10],
    [2, 20],
    [3, 40],
    [4, undefined],
    [5, undefined],
  ])('after attempt %i of an overloaded call waits %s ms', (attempts, waitMs) => {
    expect(decide({ fate: 'never-started', attempts })).toBe(waitMs);
  });

  it.each([1, 2, 3])('does not wait for another worker when the first is gone, attempt %i', (attempts) => {
    expect(decide({ reason: 'WORKER_LOST', fate: 'never-started', attempts })).toBe(0);
  });

  it.each([
    [0, 0],
    [50, 50],
    [1_000, 1_000],
    [1_001, undefined],
    [5_000, undefined],
  ])('keeps to a pushback of %d ms: waits %s ms', (retryAfterMs, waitMs) => {
    expect(decide({ fate: 'never-started', retryAfterMs })).toBe(waitMs);
    expect(decide({ fate: 'never-started', retryAfterMs, attempts: 3 })).toBe(waitMs);
  });

  it('spreads the pause over half as long again, and never makes it shorter', () => {
    expect(decide({ fate: 'never-started', retryAfterMs: 100 }, () => 0.5)).toBe(125);
    expect(decide({ fate: 'never-started', retryAfterMs: 100 }, () => 1)).toBe(150);
    const waitMs = decide({ fate: 'never-started', retryAfterMs: 100 }, Math.random);
    expect(waitMs).toBeGreaterThanOrEqual(100);
    expect(waitMs).toBeLessThanOrEqual(150);
  });

  it.each([
    [51, 50],
    [50, undefined],
    [49, undefined],
    [0, undefined],
    [-1, undefined],
  ])('with %d ms left waits %s ms', (leftMs, waitMs) => {
    expect(decide({ fate: 'never-started', retryAfterMs: 50, leftMs })).toBe(waitMs);
  });

  it('does not begin an attempt without time, even where there is no pause', () => {
    expect(decide({ reason: 'WORKER_LOST', fate: 'never-started', leftMs: 0 })).toBeUndefined();
  });
});
