import { describe, expect, it } from 'vitest';
import { type CallScope, callScope, detached } from './call-scope.ts';

const scope: CallScope = {
  deadlineAtMs: 1,
  traceparent: '00-aa-bb-01',
  tracestate: 'v=1',
  identity: 'CgNhZGE=',
  adopt: () => expect.unreachable('a detached call belongs to nobody'),
  release: () => expect.unreachable('a detached call belongs to nobody'),
};

describe('detached()', () => {
  it('leaves deadline and cancellation behind, and keeps trace and identity', async () => {
    const inside = await callScope.run(scope, () => detached(async () => callScope.getStore()));
    expect(inside).toMatchObject({
      deadlineAtMs: Number.POSITIVE_INFINITY,
      traceparent: '00-aa-bb-01',
      tracestate: 'v=1',
      identity: 'CgNhZGE=',
    });
    inside?.adopt({ cancel: () => expect.unreachable('nothing cancels a detached call') });
  });

  it('ends with the work', () => {
    callScope.run(scope, () => {
      detached(() => {});
      expect(callScope.getStore()).toBe(scope);
    });
  });

  it('outside of a handler just runs the work', () => {
    expect(detached(() => callScope.getStore() ?? 'none')).toBe('none');
  });
});
