import { EchoRequestSchema } from '@busline/schemas/busline/bench/v1/bench';
import { WhenFull } from '@busline/schemas/busline/events/v1/options';
import { OrderPlacedSchema } from '@busline/schemas/orders/v1/events';
import { describe, expect, it } from 'vitest';
import { eventFile } from '../testing/event-file.ts';
import { eventContract } from './event-contract.ts';

const fields = { order_id: 'string' };

describe('eventContract()', () => {
  it('fills in every default', () => {
    expect(eventContract(OrderPlacedSchema)).toMatchObject({
      type: 'orders.v1.OrderPlaced',
      base: 'evt.orders.v1.OrderPlaced',
      stream: {
        name: 'EVT_ORDERS',
        maxAgeMs: 7 * 24 * 3600 * 1000,
        maxBytes: 256 * 1024 * 1024,
        maxMessages: -1,
        duplicateWindowMs: 120_000,
        replicas: undefined,
        partitions: 16,
        whenFull: 'refuse',
      },
    });
  });

  it('takes what the option says, whichever event of the file says it', () => {
    const { Placed, Sent } = eventFile({
      Placed: { event: {} },
      Sent: {
        fields,
        event: {
          subject: 'shop.sent',
          key: 'order_id',
          stream: {
            maxAge: { seconds: 60n },
            maxBytes: 1000n,
            maxMessages: 5n,
            replicas: 3,
            partitions: 4,
            whenFull: WhenFull.DROP_OLDEST,
          },
        },
      },
    });
    const settings = {
      name: 'EVT_SHOP_ORDERS',
      maxAgeMs: 60_000,
      maxBytes: 1000,
      maxMessages: 5,
      duplicateWindowMs: 60_000,
      replicas: 3,
      partitions: 4,
      whenFull: 'drop-oldest',
    };
    expect(eventContract(Placed)).toMatchObject({
      base: 'evt.shop.orders.v1.Placed',
      readKey: undefined,
      stream: settings,
    });
    expect(eventContract(Sent)).toMatchObject({ base: 'evt.shop.sent', stream: settings });
  });

  it('keeps streams of different names apart', () => {
    const { Placed, Sent } = eventFile({
      Placed: { event: { stream: { partitions: 2 } } },
      Sent: { event: { stream: { name: 'MAIL', partitions: 3 } } },
    });
    expect(eventContract(Placed).stream).toMatchObject({ name: 'EVT_SHOP_ORDERS', partitions: 2 });
    expect(eventContract(Sent).stream).toMatchObject({ name: 'MAIL', partitions: 3 });
  });

  it.each([
    { packageName: 'orders', name: 'EVT_ORDERS' },
    { packageName: 'orders.v1beta2', name: 'EVT_ORDERS' },
    { packageName: 'acme.shop.v12', name: 'EVT_ACME_SHOP' },
    { packageName: 'v1', name: 'EVT_DEFAULT' },
  ])('names the stream of $packageName $name', ({ packageName, name }) => {
    expect(eventContract(eventFile({ E: { event: {} } }, packageName).E).stream.name).toBe(name);
  });

  it('refuses a message that is no event', () => {
    expect(() => eventContract(EchoRequestSchema)).toThrow(
      'busline.bench.v1.EchoRequest is not an event: give the message "option (busline.events.v1.event) = {};"',
    );
  });

  it.each([
    { option: { subject: 'a b' }, problem: 'subject "a b"' },
    { option: { subject: 'a.>' }, problem: 'subject "a.>"' },
    { option: { key: 'nothing' }, problem: 'has no field "nothing"' },
    { option: { stream: { name: 'a.b' } }, problem: 'stream "a.b"' },
    { option: { stream: { maxAge: { seconds: 0n } } }, problem: 'max_age' },
    { option: { stream: { maxBytes: 0n } }, problem: 'max_bytes' },
    { option: { stream: { maxMessages: 0n } }, problem: 'max_messages' },
    { option: { stream: { duplicateWindow: { seconds: 9_999_999n } } }, problem: 'duplicate_window' },
    { option: { stream: { replicas: 6 } }, problem: 'replicas' },
    { option: { stream: { partitions: 0 } }, problem: 'partitions' },
    { option: { stream: { partitions: 257 } }, problem: 'partitions' },
  ])('refuses $option', ({ option, problem }) => {
    const { E } = eventFile({ E: { fields, event: option } });
    expect(() => eventContract(E)).toThrow(TypeError);
    expect(() => eventContract(E)).toThrow(problem);
  });

  it('refuses events of one stream that contradict each other', () => {
    const { A } = eventFile({
      A: { event: { stream: { partitions: 2 } } },
      B: { event: { stream: { partitions: 3 } } },
    });
    expect(() => eventContract(A)).toThrow('shop.orders.v1.A says partitions 2, shop.orders.v1.B says 3');
  });
});
