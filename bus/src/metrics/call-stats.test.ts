import { Code, ConnectError } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { createCallRecorder } from './call-stats.ts';

describe('createCallRecorder()', () => {
  it('counts outcomes, retries and stalls', () => {
    const recorder = createCallRecorder();
    recorder.ended(1, undefined);
    recorder.ended(2.5, new ConnectError('no such order', Code.NotFound));
    recorder.retried();
    recorder.stalled();
    expect(recorder.snapshot()).toEqual({
      calls: 2,
      errors: 1,
      errorsByCode: new Map([[Code.NotFound, 1]]),
      retries: 1,
      stalls: 1,
      durations: {
        counts: new Map([
          [40, 1],
          [46, 1],
        ]),
        count: 2,
        sumMs: 3.5,
      },
    });
  });
});
