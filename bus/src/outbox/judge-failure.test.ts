import { describe, expect, it } from 'vitest';
import { type FaultReason, fault } from '../errors/fault.ts';
import { judgeFailure, type Verdict } from './judge-failure.ts';

describe('judgeFailure()', () => {
  it.each<[FaultReason, Verdict]>([
    ['DEADLINE', 'wait'],
    ['DISCONNECTED', 'wait'],
    ['DRAINING', 'wait'],
    ['JETSTREAM_OFF', 'wait'],
    ['TOO_MANY_CALLS', 'wait'],
    ['STREAM_FULL', 'postpone'],
    ['MESSAGE_TOO_LARGE', 'set-aside'],
    ['NO_STREAM', 'set-aside'],
    ['NOT_PERMITTED', 'set-aside'],
    ['EVENT_REFUSED', 'set-aside'],
  ])('%s: %s', (reason, verdict) => {
    expect(judgeFailure(fault(reason, { message: 'x', fate: 'never-started' }))).toBe(verdict);
  });

  it('sets aside what fails in a way nobody knows', () => {
    expect(judgeFailure(new RangeError('?'))).toBe('set-aside');
  });
});
