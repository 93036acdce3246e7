import { describe, expect, it } from 'vitest';
import { completeRelayOptions } from './relay-options.ts';

describe('completeRelayOptions()', () => {
  it('fills in what is not said', () => {
    expect(completeRelayOptions({ leaseMs: 100 })).toMatchObject({
      window: 256,
      batchSize: 512,
      batchBytes: 8_388_608,
      pollMs: 500,
      leaseMs: 100,
      timeoutMs: 15_000,
    });
  });

  it.each([
    [{ window: 0 }, 'startRelay: window must be a whole number from 1'],
    [{ batchSize: 1.5 }, 'startRelay: batchSize must be'],
    [{ pollMs: -1 }, 'startRelay: pollMs must be'],
    [{ leaseMs: 99 }, 'startRelay: leaseMs must be at least 100, not 99'],
  ])('refuses %j', (options, message) => {
    expect(() => completeRelayOptions(options)).toThrow(message);
  });
});
