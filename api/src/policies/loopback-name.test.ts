import { expect, it } from 'vitest';
import { isLoopbackName } from './loopback-name.ts';

it.each(['localhost', 'shop.localhost', '127.0.0.1', '127.1.2.3', '::1', '[::1]'])(
  '%s is this machine',
  (host) => {
    expect(isLoopbackName(host)).toBe(true);
  },
);

it.each(['', '0.0.0.0', '::', '128.0.0.1', '127.0.0.1.evil.test', 'localhost.evil.test', 'evillocalhost'])(
  '%j is not known to be',
  (host) => {
    expect(isLoopbackName(host)).toBe(false);
  },
);
