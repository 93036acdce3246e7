import { describe, expect, it } from 'vitest';
import { completeServiceOptions, type ServiceOptions } from './service-options.ts';

describe('completeServiceOptions()', () => {
  it('has a default for everything', () => {
    expect(completeServiceOptions('a.S', {})).toEqual({
      maxConcurrency: 256,
      maxQueue: 1_024,
      maxQueueMs: 2_000,
      pushbackMs: 50,
      timeoutMs: 10_000,
      windowBytes: 1024 * 1024,
      maxMessageBytes: 16 * 1024 * 1024,
      interceptors: [],
      queueGroup: 'q',
    });
  });

  it('takes what is given', () => {
    const options: ServiceOptions = {
      maxConcurrency: 1,
      maxQueue: 0,
      maxQueueMs: 2,
      pushbackMs: 3,
      timeoutMs: 4,
      windowBytes: 5,
      maxMessageBytes: 6,
      interceptors: [(next) => next],
      queueGroup: 'blue-1',
    };
    expect(completeServiceOptions('a.S', options)).toEqual(options);
  });

  const refused: [ServiceOptions, string][] = [
    [{ maxConcurrency: 0 }, 'a.S: maxConcurrency must be'],
    [{ maxConcurrency: 1.5 }, 'a.S: maxConcurrency must be'],
    [{ maxQueue: -1 }, 'a.S: maxQueue must be a whole number of calls, 0 or more, not -1'],
    [{ maxQueue: Number.POSITIVE_INFINITY }, 'a.S: maxQueue must be'],
    [{ maxQueueMs: 0 }, 'a.S: maxQueueMs must be'],
    [{ pushbackMs: Number.NaN }, 'a.S: pushbackMs must be'],
    [{ timeoutMs: -5 }, 'a.S: timeoutMs must be'],
    [{ windowBytes: 0 }, 'a.S: windowBytes must be'],
    [{ windowBytes: 2 ** 31 }, 'a.S: windowBytes must be'],
    [{ maxMessageBytes: -1 }, 'a.S: maxMessageBytes must be'],
    [{ maxMessageBytes: 2 ** 32 }, 'a.S: maxMessageBytes must be'],
    [{ queueGroup: '' }, 'a.S: queueGroup "" must be letters, digits, - and _'],
    [{ queueGroup: 'a.b' }, 'a.S: queueGroup "a.b" must be'],
    [{ queueGroup: '*' }, 'a.S: queueGroup "*" must be'],
  ];
  it.each(refused)('refuses %j, naming service and option', (options, message) => {
    expect(() => completeServiceOptions('a.S', options)).toThrow(TypeError);
    expect(() => completeServiceOptions('a.S', options)).toThrow(message);
  });
});
