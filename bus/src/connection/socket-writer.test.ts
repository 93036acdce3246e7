import type { Socket } from 'node:net';
import type { NatsConnection } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startNats, type TestNats } from '../../testing/index.ts';
import { blockBytes, createBlockPool, largeBlockBytes } from './block-pool.ts';
import { createSocketWriter, type OutgoingBytes, type OutgoingPayload } from './socket-writer.ts';

let broker: TestNats;
let nats: NatsConnection;
beforeAll(async () => {
  broker = await startNats();
  nats = await connect({ servers: broker.url });
});
afterAll(async () => {
  await nats.close();
  await broker.stop();
});

const payloadOf = (size: number, fill: number): OutgoingPayload => ({
  size,
  writeTo: (bytes, at) => void bytes.fill(fill, at, at + size),
});
const message = (subject: string, size: number, rest: Partial<OutgoingBytes> = {}): OutgoingBytes => ({
  subject,
  reply: undefined,
  head: undefined,
  body: new Uint8Array(size).fill(size),
  ...rest,
});
const head = Buffer.from('NATS/1.0\r\na: b\r\n\r\n');

describe('the socket writer', () => {
  it('sends messages in order with those of the client, each whole, from blocks that are used again', async () => {
    const writer = createSocketWriter(nats, createBlockPool());
    const seen: [string, number, number | undefined][] = [];
    nats.subscribe('w.>', {
      callback: (_, { subject, reply, data }) => {
        const fill = data.every((byte) => byte === data[0]) ? data[0] : undefined;
        seen.push([`${subject} ${reply}`, data.length, fill]);
      },
    });
    const expected: typeof seen = [];
    for (let round = 1; round <= 5; round++) {
      for (const [n, size] of [9, 20_000, blockBytes, 70_000, largeBlockBytes, 130_000].entries()) {
        nats.publish('w.client', new Uint8Array(3).fill(round));
        expect(writer.add(message('w.small', 7))).toBe(true);
        expect(writer.addPayload(`w.ä${n}`, n === 1 ? 'w.reply' : undefined, payloadOf(size, n))).toBe(true);
        writer.flush();
        expected.push(['w.client ', 3, round], ['w.small ', 7, 7]);
        expected.push([`w.ä${n} ${n === 1 ? 'w.reply' : ''}`, size, n]);
      }
      await nats.flush();
    }
    expect(seen).toEqual(expected);
  });

  it('writes heads, reply subjects and empty bodies, and more than a block holds', async () => {
    const writer = createSocketWriter(nats, createBlockPool());
    const seen: string[] = [];
    nats.subscribe('h.>', {
      callback: (_, { subject, reply, data, headers }) =>
        void seen.push([subject, reply, data.length, headers?.get('a')].join(' ')),
    });
    expect(writer.add(message('h.1', 0))).toBe(true);
    expect(writer.add(message('h.2', 10, { head, reply: 'h.ü' }))).toBe(true);
    expect(writer.add(message('h.3', blockBytes - 100))).toBe(true);
    expect(writer.add(message('h.4', 0, { head }))).toBe(true);
    expect(writer.add(message('h.5', 2 * largeBlockBytes))).toBe(true);
    writer.flush();
    await nats.flush();
    expect(seen).toEqual([
      'h.1  0 ',
      'h.2 h.ü 10 b',
      `h.3  ${blockBytes - 100} `,
      'h.4  0 b',
      `h.5  ${2 * largeBlockBytes} `,
    ]);
  });

  it('gives the block back when the payload cannot be written', () => {
    const blocks = createBlockPool();
    const fail = {
      size: 10,
      writeTo() {
        throw new Error('no');
      },
    };
    const block = blocks.take(1);
    blocks.give(block);
    const writer = createSocketWriter(nats, blocks);
    expect(() => writer.addPayload('w.x', undefined, fail)).toThrow('no');
    writer.flush();
    expect(blocks.take(1)).toBe(block);
  });

  it('keeps no whole block for little that must wait', async () => {
    const other = await connect({ servers: broker.url });
    const blocks = createBlockPool();
    const writer = createSocketWriter(other, blocks);
    const { socket } = (other as unknown as { protocol: { transport: { socket: Socket } } }).protocol
      .transport;
    socket.cork();
    const block = blocks.take(1);
    blocks.give(block);
    // What waits first waits in its block; nothing was before it.
    writer.add(message('w.x', 1));
    writer.flush();
    const next = blocks.take(1);
    expect(next).not.toBe(block);
    blocks.give(next);
    writer.add(message('w.x', 2));
    writer.flush();
    expect(blocks.take(1)).toBe(next);
    socket.uncork();
    await other.flush();
    expect(blocks.take(1)).toBe(block);
    await other.close();
  });

  it('leaves to the client what the broker would refuse', () => {
    const writer = createSocketWriter(nats, createBlockPool());
    const tooLarge = (nats.info?.max_payload ?? 0) + 1;
    expect(writer.add(message('w.x', tooLarge))).toBe(false);
    expect(writer.add(message('w.x', tooLarge - head.length, { head }))).toBe(false);
    expect(writer.addPayload('w.x', undefined, payloadOf(tooLarge, 1))).toBe(false);
    writer.flush();
  });

  it('leaves it to the client when that is closed, or another than it knows', async () => {
    const other = await connect({ servers: broker.url });
    const writer = createSocketWriter(other, createBlockPool());
    expect(writer.add(message('w.x', 5))).toBe(true);
    writer.flush();
    await other.close();
    expect(writer.add(message('w.x', 5))).toBe(false);
    const strange = { protocol: { connected: true } } as unknown as NatsConnection;
    expect(createSocketWriter(strange, createBlockPool()).add(message('w.x', 5))).toBe(false);
  });
});
