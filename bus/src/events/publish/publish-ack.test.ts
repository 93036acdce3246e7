import { describe, expect, it } from 'vitest';
import { faultReason } from '../../errors/fault.ts';
import { readPublishAck } from './publish-ack.ts';

const text = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
const refusal = (code: number, errorCode: number, description: string) =>
  text({ error: { code, err_code: errorCode, description }, stream: 'S', seq: 0 });

describe('readPublishAck()', () => {
  it.each([
    {
      body: text({ stream: 'S', seq: 7 }),
      ack: { kind: 'stored', stream: 'S', sequence: 7, duplicate: false },
    },
    {
      body: text('{"stream":"S_1-a","seq":12,"duplicate": true}'),
      ack: { kind: 'stored', stream: 'S_1-a', sequence: 12, duplicate: true },
    },
    {
      body: text('{"stream":"S","seq":900719925474099}'),
      ack: { kind: 'stored', stream: 'S', sequence: 900_719_925_474_099, duplicate: false },
    },
    {
      body: text({ stream: 'S', domain: 'hub', seq: 7, duplicate: true }),
      ack: { kind: 'stored', stream: 'S', sequence: 7, duplicate: true },
    },
    { body: refusal(503, 10009, 'not leader'), ack: { kind: 'later', description: 'not leader' } },
  ])('reads $ack', ({ body, ack }) => {
    expect(readPublishAck(undefined, body, 'evt.a')).toEqual(ack);
  });

  it('knows the broker by its 503', () => {
    const head = text('NATS/1.0 503\r\n\r\n');
    expect(readPublishAck(head, text(''), 'evt.a')).toEqual({ kind: 'no-responders' });
  });

  it.each([
    { body: refusal(503, 10077, 'maximum bytes exceeded'), reason: 'STREAM_FULL' },
    { body: refusal(400, 10002, 'resource limits exceeded for account'), reason: 'STREAM_FULL' },
    { body: refusal(400, 10054, 'message size exceeds maximum allowed'), reason: 'MESSAGE_TOO_LARGE' },
    { body: refusal(400, 10071, 'wrong last sequence: 3'), reason: 'EVENT_REFUSED' },
    { body: text('hello'), reason: undefined },
    { body: text({ hello: 1 }), reason: undefined },
  ])('gives up with $reason', ({ body, reason }) => {
    const ack = readPublishAck(undefined, body, 'evt.a');
    expect(ack).toMatchObject({ kind: 'refused' });
    expect(faultReason('error' in ack ? ack.error : undefined)).toBe(reason);
  });
});
