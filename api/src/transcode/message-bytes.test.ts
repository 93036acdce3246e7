import { describe, expect, it } from 'vitest';
import { createMessageBytes } from './message-bytes.ts';

describe('createMessageBytes()', () => {
  it('gives each message its own bytes', () => {
    const messageBytes = createMessageBytes();
    const first = messageBytes((writer) => writer.uint32(1).uint32(2));
    const second = messageBytes((writer) => writer.uint32(3));
    expect([[...first], [...second]]).toEqual([[1, 2], [3]]);
  });

  it('forgets what a failure left behind', () => {
    const messageBytes = createMessageBytes();
    const failing = () =>
      messageBytes((writer) => {
        writer.uint32(9).fork();
        throw new Error('no');
      });
    expect(failing).toThrow('no');
    expect([...messageBytes((writer) => writer.uint32(1))]).toEqual([1]);
  });

  it('writes large messages too', () => {
    const messageBytes = createMessageBytes();
    expect(messageBytes((writer) => writer.raw(new Uint8Array(200_000)))).toHaveLength(200_000);
    expect([...messageBytes((writer) => writer.uint32(1))]).toEqual([1]);
  });
});
