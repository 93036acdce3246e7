import { describe, expect, it } from 'vitest';
import { encodeHeaderBlock, headerFields, headerLine, headerPreamble } from '../../wire/header-block.ts';
import { type OriginalEvent, repetition } from './repetition.ts';

const block = (fields: Record<string, string>) =>
  encodeHeaderBlock(
    headerPreamble +
      Object.entries(fields)
        .map(([name, value]) => headerLine(name, value))
        .join(''),
  );
const event = (fields: Record<string, string>, subject = 'evt.a.v1.Made.3.k'): OriginalEvent => ({
  stream: 'EVT_A',
  sequence: 7,
  storedAtMs: 1_000,
  subject,
  head: block(fields),
  body: new Uint8Array([1]),
});
const to = { consumer: 'mail', messageId: 'm 1' };
const fieldsOf = (head: Uint8Array) => Object.fromEntries(headerFields(head));

describe('repetition()', () => {
  it('goes to its consumer, with what the publisher said and a message id of its own', () => {
    const again = repetition(
      event({ 'ce-id': 'e1', 'ce-time': 't', traceparent: 'p', 'Nats-Msg-Id': 'e1' }),
      to,
    );
    expect(again).toMatchObject({
      id: 'm 1',
      subject: 'rty.EVT_A.mail.a.v1.Made.3.k',
      body: new Uint8Array([1]),
    });
    expect(fieldsOf(again.head)).toEqual({
      'ce-id': 'e1',
      'ce-time': 't',
      traceparent: 'p',
      'Nats-Msg-Id': 'm%201',
    });
  });

  it.each([
    { from: 'its message id', fields: { 'Nats-Msg-Id': 'x%201' }, id: 'x%201' },
    { from: 'its place', fields: {}, id: 'EVT_A:7' },
  ])('writes down the id that consumers took from $from, and when it was stored', ({ fields, id }) => {
    const { head } = repetition(event(fields as Record<string, string>), to);
    expect(fieldsOf(head)).toMatchObject({ 'ce-id': id, 'ce-time': '1970-01-01T00:00:01.000Z' });
  });

  it('takes another id and further attributes', () => {
    const { head } = repetition(event({ 'Ce-Id': 'e1' }), {
      ...to,
      id: 'e1 again',
      attributes: { replay: 'r1' },
    });
    expect(fieldsOf(head)).toMatchObject({ 'ce-id': 'e1%20again', 'ce-replay': 'r1' });
    expect(fieldsOf(head)).not.toHaveProperty('Ce-Id');
  });

  it('goes the same way when it is a repetition already', () => {
    const subject = 'rty.EVT_A.mail.a.v1.Made.3.k';
    expect(repetition(event({}, subject), to).subject).toBe(subject);
  });
});
