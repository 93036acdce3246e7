import { describe, expect, it } from 'vitest';
import { redact, redactStack } from './redact-stack.ts';

describe('redact()', () => {
  it.each([
    ['cannot log in with password=hunter2', 'cannot log in with password=[redacted]'],
    ['{"apiKey":"abc.def","a":1}', '{"apiKey":[redacted]","a":1}'],
    ['Authorization: Bearer abcdefghijk', 'Authorization: [redacted]'],
    ['connect to postgres://shop:hunter2@db:5432/shop', 'connect to postgres://shop:[redacted]@db:5432/shop'],
    ['sent bearer abcdefgh1234', 'sent bearer [redacted]'],
    ['order o1 is not there', 'order o1 is not there'],
  ])('of "%s"', (text, redacted) => {
    expect(redact(text)).toBe(redacted);
  });

  it('keeps no more than it must', () => {
    expect(redact('x'.repeat(1_000_000))).toHaveLength(4_000);
  });
});

describe('redactStack()', () => {
  it('keeps file, line and column, and no folders', () => {
    const stack = [
      'Error: no',
      '    at placeOrder (file:///home/ada/shop/workers/orders/place-order.ts:12:9)',
      '    at /home/ada/shop/bus/src/events/consume/event-consumer.ts:1:2',
      '    at node:internal/process/task_queues:95:5',
      '    at C:\\Users\\ada\\shop\\a.ts:3:4',
    ].join('\n');
    expect(redactStack(stack)).toBe(
      [
        'Error: no',
        '    at placeOrder (place-order.ts:12:9)',
        '    at event-consumer.ts:1:2',
        '    at node:internal/process/task_queues:95:5',
        '    at a.ts:3:4',
      ].join('\n'),
    );
  });
});
