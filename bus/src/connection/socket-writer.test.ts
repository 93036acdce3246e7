import type { NatsConnection } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startNats, type TestNats } from '../../testing/index.ts';
import { blockBytes, createBlockPool } from './block-pool.ts';
import { createSocketWriter, type OutgoingPayload } from './socket-writer.ts';

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

describe('the socket writer', () => {
  it('sends messages in order with those of the client, each whole, from blocks that are used again', async () => {
    const blocks = createBlockPool();
    const write = createSocketWriter(nats, blocks);
    const seen: [string, number, number | undefined][] = [];
    nats.subscribe('w.>', {
      callback: (_, { subject, reply, data }) => {
        const fill = data.every((byte) => byte === data[0]) ? data[0] : undefined;
        seen.push([`${subject} ${reply}`, data.length, fill]);
      },
    });
    const expected: typeof seen = [];
    for (let round = 1; round <= 5; round++) {
      for (const [n, size] of [20_000, blockBytes, 70_000, 130_000].entries()) {
        nats.publish('w.client', new Uint8Array(3).fill(round));
        expect(write(`w.ä${n}`, n === 1 ? 'w.reply' : undefined, payloadOf(size, round * 10 + n))).toBe(true);
        expected.push(['w.client ', 3, round], [`w.ä${n} ${n === 1 ? 'w.reply' : ''}`, size, round * 10 + n]);
      }
      await nats.flush();
    }
    expect(seen).toEqual(expected);
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
    expect(() => createSocketWriter(nats, blocks)('w.x', undefined, fail)).toThrow('no');
    expect(blocks.take(1)).toBe(block);
  });

  it('leaves it to the client when that is closed, or another than it knows', async () => {
    const other = await connect({ servers: broker.url });
    const write = createSocketWriter(other, createBlockPool());
    expect(write('w.x', undefined, payloadOf(5, 1))).toBe(true);
    await other.close();
    expect(write('w.x', undefined, payloadOf(5, 1))).toBe(false);
    const strange = { protocol: { connected: true } } as unknown as NatsConnection;
    expect(createSocketWriter(strange, createBlockPool())('w.x', undefined, payloadOf(5, 1))).toBe(false);
  });
});
