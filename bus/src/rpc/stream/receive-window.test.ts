import { describe, expect, it } from 'vitest';
import { envelopePrefix } from '../../wire/envelope.ts';
import { createReceiveWindow } from './receive-window.ts';

const stream = (...sizes: number[]): Buffer =>
  Buffer.concat(sizes.flatMap((size) => [envelopePrefix(size), new Uint8Array(size)]));

/** A window, the messages it told, and the grants it gave as they fell due. */
function open(windowBytes: number, maxMessageBytes = 2 ** 24) {
  const told: number[] = [];
  const releases: (() => void)[] = [];
  const grants: number[] = [];
  const completions: string[] = [];
  const window = createReceiveWindow({
    windowBytes,
    maxMessageBytes,
    onMessage(message, release) {
      told.push(message.length);
      releases.push(release);
    },
    onComplete: () => completions.push('complete'),
    onGrantDue: () => grants.push(window.takeGrant()),
  });
  const take = (count = 1): void => {
    for (let n = 0; n < count; n++) releases.shift()?.();
  };
  return { window, told, grants, completions, take, releases };
}

describe('a receive window', () => {
  it('grants half the window when that much has been taken, and nothing before', () => {
    const { window, told, grants, take } = open(1000);
    window.push(stream(...Array.from({ length: 20 }, () => 45)));
    expect([told.length, grants]).toEqual([20, []]);
    take(9);
    expect([grants, window.takeGrant()]).toEqual([[], 0]);
    take(1);
    expect(grants).toEqual([500]);
    take(10);
    expect(grants).toEqual([500, 500]);
  });

  it('counts a message once, however often it is released', () => {
    const { window, grants, releases } = open(100);
    window.push(stream(95));
    for (let n = 0; n < 3; n++) releases[0]?.();
    expect(grants).toEqual([100]);
  });

  it('lends what a message beyond the window lacks, and takes it back when it is taken', () => {
    const { window, told, grants, take } = open(1000);
    const bytes = stream(4995);
    window.push(bytes.subarray(0, 1000));
    expect(grants).toEqual([4000]);
    window.push(bytes.subarray(1000));
    expect([told, grants]).toEqual([[4995], [4000]]);
    take();
    expect(grants).toEqual([4000, 1000]);
  });

  it('lends the prefix of a message where the window is smaller than that, and then the message', () => {
    const { window, told, grants } = open(2);
    const bytes = stream(95);
    window.push(bytes.subarray(0, 2));
    expect(grants).toEqual([3]);
    window.push(bytes.subarray(2, 5));
    expect(grants).toEqual([3, 95]);
    window.push(bytes.subarray(5));
    expect(told).toEqual([95]);
  });

  it('lends nothing while there is something to take', () => {
    const { window, grants, take } = open(1000);
    const bytes = stream(95, 4995);
    window.push(bytes.subarray(0, 1000));
    expect(grants).toEqual([]);
    take();
    expect(grants).toEqual([4100]);
  });

  it('grants less than half the window to a message that waits for it alone', () => {
    const { window, grants, take } = open(1000);
    const bytes = stream(95, 95, 895);
    window.push(bytes.subarray(0, 1000));
    take();
    expect(grants).toEqual([]);
    take();
    expect(grants).toEqual([200]);
  });

  it('tells at most 512 messages ahead of the reader, and the rest as it takes them', () => {
    const { window, told, completions, take } = open(1_000_000);
    window.push(stream(...Array.from({ length: 2000 }, () => 1)));
    window.last();
    expect([told.length, window.complete, completions]).toEqual([512, false, []]);
    take(100);
    expect(told).toHaveLength(612);
    take(1388);
    expect([told.length, window.complete, completions]).toEqual([2000, true, ['complete']]);
  });

  it('is complete at once where nothing waits, and grants nothing after the last', () => {
    const { window, grants, completions, take } = open(100);
    window.push(stream(95));
    window.last();
    take();
    expect([completions, grants, window.owesGrant]).toEqual([['complete'], [], false]);
  });

  it('refuses a stream that ends within a message, and bytes after its end', () => {
    const within = open(100);
    within.window.push(stream(10).subarray(0, 12));
    expect(() => within.window.last()).toThrow(RangeError);
    const after = open(100);
    after.window.last();
    expect(() => after.window.push(stream(0))).toThrow(RangeError);
  });

  it('refuses a message above the limit by its prefix, lending nothing', () => {
    const { window, grants } = open(100, 1000);
    expect(() => window.push(envelopePrefix(1001))).toThrow('1001 bytes is over the limit of 1000');
    expect(grants).toEqual([]);
  });
});
