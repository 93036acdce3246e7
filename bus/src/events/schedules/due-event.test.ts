import { describe, expect, it } from 'vitest';
import { encodeHeaderBlock, headerFields, headerLine, headerPreamble } from '../../wire/header-block.ts';
import { type DueMessage, dueEvent } from './due-event.ts';

const due = (fields: Record<string, string>): DueMessage => ({
  subject: 'due.evt.a.v1.Made.3.k',
  head: encodeHeaderBlock(
    headerPreamble +
      Object.entries(fields)
        .map(([name, value]) => headerLine(name, value))
        .join(''),
  ),
  body: new Uint8Array([1]),
  sequence: 9,
  firedAtMs: 1_000,
});
const said = (fields: Record<string, string>) => {
  const event = dueEvent(due(fields));
  return { ...event, fields: Object.fromEntries(headerFields(event.head)) };
};

describe('dueEvent()', () => {
  it('leaves a delayed event as it is, and lets the broker know it by its id', () => {
    const event = said({
      'ce-id': 'o%201',
      'ce-time': 't',
      traceparent: 'p',
      'Nats-Scheduler': 'sch.at.x',
      'Nats-Schedule-Next': 'purge',
    });
    expect(event.subject).toBe('evt.a.v1.Made.3.k');
    expect(event.fields).toEqual({
      'ce-id': 'o%201',
      'ce-time': 't',
      traceparent: 'p',
      'Nats-Msg-Id': 'o%201',
    });
  });

  it('gives each firing of a schedule its own id and time, the same if it fires twice', () => {
    const event = said({
      'ce-id': 'nightly',
      'ce-time': 't',
      'bl-definition': 'd',
      'Nats-Scheduler': 'sch.on.nightly',
      'Nats-Schedule-Next': '2026-12-01T03:00:00+01:00',
    });
    expect(event.fields).toEqual({
      'ce-id': 'nightly:2026-12-01T02:00:00.000Z',
      'ce-time': '1970-01-01T00:00:01.000Z',
      'Nats-Msg-Id': 'nightly:2026-12-01T02:00:00.000Z',
    });
  });

  it('names one after its place when the broker does not say when the next is', () => {
    expect(said({ 'Nats-Scheduler': 'sch.on.nightly' }).id).toBe('nightly:9');
    expect(said({}).id).toBe('schedule:9');
  });
});
