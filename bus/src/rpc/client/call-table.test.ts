import { describe, expect, it } from 'vitest';
import { createCallTable, type PendingCall } from './call-table.ts';

const reply = new Uint8Array(0);
const far = Number.POSITIVE_INFINITY;

/** A call that writes down what it hears. */
function recordedCall(heard: string[], name = 'call'): PendingCall {
  const hear = (event: string) => () => {
    heard.push(`${name} ${event}`);
  };
  return {
    service: 'a.S',
    subject: 'rpc.u.a.S.M',
    sentAtMs: 0,
    replyPrefix: '',
    bundle: undefined,
    instance: undefined,
    onReply: hear('reply'),
    onPacket: hear('packet'),
    onBundleRefused: hear('bundle refused'),
    onReceipt: hear('receipt'),
    onDeadline: hear('deadline'),
    onRefused: hear('refused'),
    onDisconnect: hear('disconnect'),
    onWorkerLost: hear('lost'),
  };
}

describe('createCallTable()', () => {
  it('hands a reply to its call, once', () => {
    const table = createCallTable();
    const heard: string[] = [];
    const a = table.open(recordedCall(heard, 'a'), 1_000, 10);
    const b = table.open(recordedCall(heard, 'b'), 1_000, 5);
    expect(a).not.toBe(b);
    table.deliver(b, reply, undefined);
    table.deliver(b, reply, undefined);
    expect(heard).toEqual(['b reply']);
    expect(table.get(a)).toBeDefined();
    expect(table.get(b)).toBeUndefined();
  });

  it('gives a used slot a new number, so that a late reply finds nobody', () => {
    const table = createCallTable();
    const heard: string[] = [];
    const first = table.open(recordedCall(heard, 'first'), 1_000, 0);
    table.close(first);
    const second = table.open(recordedCall(heard, 'second'), 1_000, 0);
    expect(second).not.toBe(first);
    expect(second % 2 ** 20).toBe(first % 2 ** 20);
    table.deliver(first, reply, undefined);
    table.close(first);
    expect(table.get(first)).toBeUndefined();
    expect(heard).toEqual([]);
    table.deliver(second, reply, undefined);
    expect(heard).toEqual(['second reply']);
  });

  it('never gives a number twice', () => {
    const table = createCallTable();
    const numbers = new Set<number>();
    for (let round = 0; round < 1_000; round++) {
      const open = [0, 1, 2].map(() => table.open(recordedCall([]), 1_000, 0));
      for (const number of open) numbers.add(number);
      for (const number of open) table.close(number);
    }
    expect(numbers.size).toBe(3_000);
  });

  it('counts calls and bytes, whichever way a call ends', () => {
    const table = createCallTable();
    const [a, b, c] = [10, 20, 30].map((bytes) => table.open(recordedCall([]), 1_000, bytes));
    expect([table.size, table.bytes]).toEqual([3, 60]);
    table.close(a as number);
    table.close(a as number);
    expect([table.size, table.bytes]).toEqual([2, 50]);
    table.deliver(b as number, reply, undefined);
    expect([table.size, table.bytes]).toEqual([1, 30]);
    table.expire(far);
    expect([table.size, table.bytes]).toEqual([0, 0]);
    table.close(c as number);
    expect([table.size, table.bytes]).toEqual([0, 0]);
  });

  it('ends calls whose deadline has passed, and only those', () => {
    const table = createCallTable();
    const heard: string[] = [];
    table.open(recordedCall(heard, 'short'), 100, 0);
    table.open(recordedCall(heard, 'long'), 60_000, 0);
    table.expire(performance.now());
    expect(heard).toEqual([]);
    table.expire(performance.now() + 1_000);
    expect(heard).toEqual(['short deadline']);
    expect(table.size).toBe(1);
  });

  it('forgets the deadline of a call that ended, although its slot is in use again', () => {
    const table = createCallTable();
    const heard: string[] = [];
    table.close(table.open(recordedCall(heard, 'first'), 100, 0));
    table.open(recordedCall(heard, 'second'), 60_000, 0);
    table.expire(performance.now() + 1_000);
    expect(heard).toEqual([]);
    expect(table.size).toBe(1);
  });

  it('is rid of a call before the call hears of its end, so that the call may be opened again', () => {
    const table = createCallTable();
    const again: number[] = [];
    const call: PendingCall = {
      ...recordedCall([]),
      onReply: () => again.push(table.open(call, 1_000, 1)),
      onDeadline: () => again.push(table.open(call, 1_000, 1)),
    };
    table.deliver(table.open(call, 1_000, 1), reply, undefined);
    table.expire(performance.now() + 5_000);
    expect(again).toHaveLength(2);
    expect([table.size, table.bytes]).toEqual([1, 1]);
  });

  it('visits the calls under way, which the visitor may end', () => {
    const table = createCallTable();
    const numbers = [1, 2, 3].map(() => table.open(recordedCall([]), 1_000, 0));
    table.close(numbers[1] as number);
    const visited: number[] = [];
    table.forEach((_, number) => {
      visited.push(number);
      table.close(number);
    });
    expect(visited).toEqual([numbers[0], numbers[2]]);
    expect(table.size).toBe(0);
  });

  it.each([-1, 0, 1.5, 2 ** 20, 2 ** 52, Number.NaN])(
    'drops a reply to the number %d, which no call has',
    (number) => {
      const table = createCallTable();
      table.deliver(number, reply, undefined);
      table.close(number);
      expect(table.get(number)).toBeUndefined();
      expect(table.size).toBe(0);
    },
  );
});
