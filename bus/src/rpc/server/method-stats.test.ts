import { Code, ConnectError } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { createMethodRecorder } from './method-stats.ts';

const nothing = { counts: new Map(), count: 0, sumMs: 0 };

describe('createMethodRecorder()', () => {
  it('begins with nothing', () => {
    expect(createMethodRecorder().snapshot()).toEqual({
      requests: 0,
      errors: 0,
      errorsByCode: new Map(),
      refused: 0,
      lastError: '',
      handling: nothing,
      queueing: nothing,
      stalls: 0,
    });
  });

  it('counts what ran, what waited, what failed and what never started', () => {
    const recorder = createMethodRecorder();
    recorder.ran(1, 0, undefined);
    recorder.ran(2.5, 1, new ConnectError('no such order', Code.NotFound));
    recorder.ran(2.5, 0, undefined);
    recorder.stalled();
    recorder.refused(new ConnectError('overloaded', Code.ResourceExhausted));
    expect(recorder.snapshot()).toEqual({
      requests: 3,
      errors: 1,
      errorsByCode: new Map([[Code.NotFound, 1]]),
      refused: 1,
      lastError: '8:overloaded',
      handling: {
        counts: new Map([
          [40, 1],
          [46, 2],
        ]),
        count: 3,
        sumMs: 6,
      },
      queueing: {
        counts: new Map([
          [0, 2],
          [40, 1],
        ]),
        count: 3,
        sumMs: 1,
      },
      stalls: 1,
    });
  });

  it('gives a snapshot that stays as it is', () => {
    const recorder = createMethodRecorder();
    recorder.ran(1, 0, undefined);
    const before = recorder.snapshot();
    recorder.ran(1, 0, new ConnectError('x', Code.Internal));
    expect(before).toMatchObject({ requests: 1, errors: 0, errorsByCode: new Map() });
  });
});
