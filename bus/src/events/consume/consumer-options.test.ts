import { describe, expect, it } from 'vitest';
import { completeConsumerOptions } from './consumer-options.ts';

describe('completeConsumerOptions()', () => {
  it('fills in defaults', () => {
    expect(completeConsumerOptions({ consumer: 'mail' })).toEqual({
      consumer: 'mail',
      concurrency: 16,
      prefetch: 64,
      maxAttempts: 10,
      firstDelayMs: 1_000,
      maxDelayMs: 60_000,
      timeoutMs: 30_000,
      ackWaitMs: 10_000,
      maxUnacknowledged: 10_000,
      broadcast: false,
      startFrom: 'beginning',
      orderByKey: false,
    });
  });

  it.each([
    { options: { consumer: 'a b' }, problem: 'consumer "a b"' },
    { options: { consumer: 'a--b' }, problem: 'must not hold "--"' },
    { options: { consumer: '' }, problem: 'consumer ""' },
    { options: { consumer: 'mail', concurrency: 0 }, problem: 'consumer mail: concurrency' },
    { options: { consumer: 'mail', prefetch: 1.5 }, problem: 'consumer mail: prefetch' },
    { options: { consumer: 'mail', maxAttempts: 0 }, problem: 'consumer mail: maxAttempts' },
    { options: { consumer: 'mail', ackWaitMs: 500 }, problem: 'ackWaitMs must be at least 1000' },
    {
      options: { consumer: 'mail', firstDelayMs: 10, maxDelayMs: 5 },
      problem: 'maxDelayMs must be at least 10',
    },
    { options: { consumer: 'mail', startFrom: 'later' as 'now' }, problem: 'startFrom' },
    { options: { consumer: 'mail', startFrom: 0 }, problem: 'startFrom' },
    { options: { consumer: 'mail', startFrom: new Date('x') }, problem: 'startFrom' },
  ])('refuses $options', ({ options, problem }) => {
    expect(() => completeConsumerOptions(options)).toThrow(TypeError);
    expect(() => completeConsumerOptions(options)).toThrow(problem);
  });
});
