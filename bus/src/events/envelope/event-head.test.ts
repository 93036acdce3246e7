import { Code, ConnectError } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { headerFields } from '../../wire/header-block.ts';
import { constantLines, type EventHead, encodeEventHead, readEventHead } from './event-head.ts';

const constant = constantLines('orders.v1.OrderPlaced', '/orders');
const timeMs = Date.UTC(2026, 10, 23, 4, 5, 6, 7);
const block = (...lines: string[]) =>
  Buffer.from(`NATS/1.0\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`);

function failure(run: () => unknown): ConnectError {
  try {
    run();
  } catch (error) {
    if (error instanceof ConnectError) return error;
  }
  return expect.unreachable('it did not fail');
}

describe('the head of an event', () => {
  it('is CloudEvents in binary mode, with the id that the broker deduplicates by', () => {
    expect(headerFields(encodeEventHead(constant, { id: 'e 1', timeMs, key: 'ö' }))).toEqual([
      ['ce-specversion', '1.0'],
      ['ce-type', 'orders.v1.OrderPlaced'],
      ['ce-source', '/orders'],
      ['ce-datacontenttype', 'application/protobuf'],
      ['ce-id', 'e%201'],
      ['ce-time', '2026-11-23T04:05:06.007Z'],
      ['Nats-Msg-Id', 'e%201'],
      ['ce-partitionkey', '%C3%B6'],
    ]);
  });

  it('comes back as it was written', () => {
    const written = encodeEventHead(constant, {
      id: 'e "1"',
      timeMs,
      key: 'k',
      messageId: 'e1:r2',
      traceparent: '00-aa-bb-01',
      tracestate: 'v=1',
      attributes: { subject: 'Größe' },
    });
    expect(readEventHead(written)).toEqual({
      id: 'e "1"',
      source: '/orders',
      type: 'orders.v1.OrderPlaced',
      time: new Date(timeMs),
      format: 'binary',
      traceparent: '00-aa-bb-01',
      tracestate: 'v=1',
      attributes: { partitionkey: 'k', subject: 'Größe' },
    });
  });

  it.each<{ name: string; head: Partial<EventHead> }>([
    { name: 'without anything else', head: {} },
    { name: 'with a key', head: { key: 'k1' } },
    { name: 'with a trace', head: { key: 'k1', traceparent: '00-aa-bb-01' } },
    { name: 'with a trace and its state', head: { traceparent: '00-aa-bb-01', tracestate: 'v=1,w=2' } },
  ])('reads the same $name, whatever the order of its lines', ({ head }) => {
    const usual = encodeEventHead(constant, { id: 'e1', timeMs, ...head });
    const [first = '', ...lines] = Buffer.from(usual).toString().trimEnd().split('\r\n');
    const turned = Buffer.from(`${[first, ...lines.reverse()].join('\r\n')}\r\n\r\n`);
    const { id, source, type, time, format, traceparent, tracestate, attributes } = readEventHead(usual);
    const read = { id, source, type, time, format, traceparent, tracestate, attributes };
    expect(readEventHead(turned)).toEqual(read);
    expect(read).toEqual({
      id: 'e1',
      source: '/orders',
      type: 'orders.v1.OrderPlaced',
      time: new Date(timeMs),
      format: 'binary',
      traceparent: head.traceparent,
      tracestate: head.tracestate,
      attributes: head.key === undefined ? {} : { partitionkey: 'k1' },
    });
  });

  it.each([
    { name: 'no head at all', head: undefined, read: { id: undefined, format: 'binary' } },
    { name: 'names in another case', head: block('CE-Id: 7', 'Ce-Type: t'), read: { id: '7', type: 't' } },
    { name: 'a message id alone', head: block('Nats-Msg-Id: m1'), read: { id: 'm1' } },
    {
      name: 'JSON',
      head: block('ce-datacontenttype: application/json; charset=utf-8'),
      read: { format: 'json' },
    },
    { name: 'a content type', head: block('Content-Type: application/json'), read: { format: 'json' } },
    {
      name: 'the older name of protobuf',
      head: block('Content-Type: application/x-protobuf'),
      read: { format: 'binary' },
    },
  ])('is read from $name', ({ head, read }) => {
    expect(readEventHead(head)).toMatchObject(read);
  });

  it.each([
    { head: block('ce-specversion: 0.3'), problem: 'ce-specversion is 0.3' },
    { head: block('ce-id: %FF'), problem: 'ce-id is not percent-encoded UTF-8' },
    { head: block('ce-time: yesterday'), problem: 'ce-time "yesterday"' },
    {
      head: Buffer.from(
        Buffer.from(encodeEventHead(constant, { id: 'e1', timeMs }))
          .toString()
          .replace('T04:', 'T25:'),
      ),
      problem: 'ce-time "2026-11-23T25:',
    },
    { head: block('Content-Type: application/cloudevents+json'), problem: 'structured mode' },
    { head: block('ce-datacontenttype: text/csv'), problem: 'text/csv' },
  ])('is refused: $problem', ({ head, problem }) => {
    const error = failure(() => readEventHead(head));
    expect(error.code).toBe(Code.InvalidArgument);
    expect(error.rawMessage).toContain(problem);
  });

  it.each<{ head: Partial<EventHead>; problem: string }>([
    { head: { id: '' }, problem: 'must not be empty' },
    { head: { attributes: { Upper: '1' } }, problem: '"Upper"' },
    { head: { attributes: { id: '1' } }, problem: '"id" is set by the bus' },
  ])('is not written: $problem', ({ head, problem }) => {
    expect(failure(() => encodeEventHead(constant, { id: 'e1', timeMs, ...head })).rawMessage).toContain(
      problem,
    );
  });
});
