import { headers, type Msg, type NatsConnection } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startNats, type TestNats } from '../../testing/index.ts';
import { dialBroker } from './dial.ts';
import type { Logger } from './logger.ts';
import { completeOptions } from './options.ts';
import { headerBlock, replySubjectOf, trailingNumber } from './raw-message.ts';
import { ReceivedMessage } from './received-message.ts';

let broker: TestNats;
let nats: NatsConnection;
const errors: unknown[] = [];
beforeAll(async () => {
  broker = await startNats();
  const logger: Logger = { debug() {}, info() {}, warn() {}, error: (...args) => void errors.push(args[1]) };
  nats = await dialBroker(completeOptions({ servers: broker.url, logger }));
});
afterAll(async () => {
  await nats.close();
  await broker.stop();
});

describe('a received message', () => {
  it('is what the client itself would have read', async () => {
    const client = await connect({ servers: broker.url });
    const read = ({ subject, reply, data, headers: head }: Msg) => ({
      subject,
      reply: reply ?? '',
      data: Buffer.from(data).toString(),
      head: head && [head.code, head.description, head.get('a')],
    });
    const [ours, theirs]: [unknown[], unknown[]] = [[], []];
    nats.subscribe('m.>', {
      callback: (_, message) => {
        ours.push({ ...read(message), isOurs: message instanceof ReceivedMessage });
      },
    });
    client.subscribe('m.>', {
      callback: (_, message) => void theirs.push({ ...read(message), isOurs: true }),
    });
    await Promise.all([nats.flush(), client.flush()]);

    const head = headers();
    head.set('a', 'ö');
    client.publish('m.1', 'ä');
    client.publish('m.ü.2', '', { reply: 'm.r' });
    client.publish('m.3', 'x', { headers: head });
    client.publish('m.4', 'x', { headers: headers(503, 'no'), reply: 'm.r.9' });
    await client.flush();
    await nats.flush();
    expect(theirs).toHaveLength(4);
    expect(ours).toEqual(theirs);
    await client.close();
  });

  it('gives its parts as bytes', async () => {
    const parts: unknown[] = [];
    nats.subscribe('p.>', {
      callback: (_, message) => {
        const head = headerBlock(message);
        parts.push([trailingNumber(message), replySubjectOf(message), head && Buffer.from(head).toString()]);
      },
    });

    const head = headers();
    head.set('a', 'b');
    nats.publish('p.17', 'x', { headers: head, reply: 'r.1' });
    nats.publish('p.x1');
    nats.publish('p.1.x');
    nats.publish('p.0');
    await nats.flush();
    expect(parts).toEqual([
      [17, 'r.1', 'NATS/1.0\r\na: b\r\n\r\n'],
      [-1, '', undefined],
      [-1, '', undefined],
      [0, '', undefined],
    ]);
  });

  it('can be replied to, and read as JSON', async () => {
    nats.subscribe('json', {
      callback: (_, message) => void message.respond(JSON.stringify(message.json())),
    });
    expect((await nats.request('json', '{"a":[1,"ö"]}')).json()).toEqual({ a: [1, 'ö'] });
  });
});

describe('the delivery', () => {
  it('ends subscriptions that have had their messages, and outlives callbacks that throw', async () => {
    const seen: string[] = [];
    nats.subscribe('throws', {
      callback: () => {
        throw new Error('thrown in a callback');
      },
    });
    nats.subscribe('most', { max: 2, callback: (_, { subject }) => void seen.push(subject) });
    for (let n = 0; n < 4; n++) {
      nats.publish('throws');
      nats.publish('most');
    }
    await nats.flush();
    expect(seen).toEqual(['most', 'most']);
    expect(errors).toEqual(Array(4).fill('the callback of a subscription failed'));
  });
});
