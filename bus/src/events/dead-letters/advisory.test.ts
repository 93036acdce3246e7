import { describe, expect, it } from 'vitest';
import { readAdvisory } from './advisory.ts';

const advisory = {
  type: 'io.nats.jetstream.advisory.v1.max_deliver',
  id: 'x',
  stream: 'S',
  consumer: 'mail',
  stream_seq: 7,
  deliveries: 20,
};

describe('readAdvisory()', () => {
  it('reads what the broker gave up on', () => {
    expect(readAdvisory(Buffer.from(JSON.stringify(advisory)))).toEqual({
      stream: 'S',
      durable: 'mail',
      sequence: 7,
      deliveries: 20,
    });
  });

  it.each([
    'hello',
    '{}',
    JSON.stringify({ ...advisory, type: 'io.nats.jetstream.advisory.v1.nak' }),
    JSON.stringify({ ...advisory, stream_seq: 'x' }),
  ])('reads nothing from %s', (text) => {
    expect(readAdvisory(Buffer.from(text))).toBeUndefined();
  });
});
