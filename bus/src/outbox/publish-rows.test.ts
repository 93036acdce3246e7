import { describe, expect, it } from 'vitest';
import type { OutboxRow } from './outbox-row.ts';
import { publishRows } from './publish-rows.ts';

const row = (id: string, lane?: string): OutboxRow => ({
  id,
  lane,
  seq: 0,
  type: 'a.B',
  key: undefined,
  subject: 's',
  head: new Uint8Array(),
  body: new Uint8Array(),
  attempts: 0,
});
const ids = (rows: readonly OutboxRow[]): string => rows.map(({ id }) => id).join(' ');
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('publishRows()', () => {
  it('sends rows of a lane one after another, others meanwhile', async () => {
    const sent: string[] = [];
    const acks = new Map<string, () => void>();
    const publishing = publishRows([row('1', 'k'), row('2', 'k'), row('3'), row('4', 'm')], {
      window: 10,
      mayGoOn: () => true,
      send: ({ id }) => {
        sent.push(id);
        return new Promise<void>((resolve) => acks.set(id, resolve));
      },
    });
    await turn();
    expect(sent).toEqual(['1', '3', '4']);
    for (const id of ['1', '3', '4']) acks.get(id)?.();
    await turn();
    expect(sent).toEqual(['1', '3', '4', '2']);
    acks.get('2')?.();
    expect(ids((await publishing).stored)).toBe('1 3 4 2');
  });

  it('has no more on their way than the window', async () => {
    let open = 0;
    let most = 0;
    const rows = Array.from({ length: 50 }, (_, n) => row(String(n), n % 2 === 0 ? 'k' : undefined));
    const { stored } = await publishRows(rows, {
      window: 4,
      mayGoOn: () => true,
      async send() {
        most = Math.max(most, ++open);
        await turn();
        open--;
      },
    });
    expect(stored).toHaveLength(50);
    expect(most).toBe(4);
  });

  it('sends nothing of a lane after a failure, and all of the others', async () => {
    const { stored, failed } = await publishRows([row('1', 'k'), row('2', 'k'), row('3', 'm')], {
      window: 2,
      mayGoOn: () => true,
      send: async ({ id }) => {
        if (id === '1') throw new Error('no');
      },
    });
    expect(ids(stored)).toBe('3');
    expect(failed).toEqual([{ row: row('1', 'k'), error: new Error('no') }]);
  });

  it('stops when it may not go on', async () => {
    const { stored, failed } = await publishRows([row('1'), row('2'), row('3')], {
      window: 1,
      mayGoOn: (lastError) => lastError === undefined,
      send: async ({ id }) => {
        if (id === '2') throw new Error('away');
      },
    });
    expect(ids(stored)).toBe('1');
    expect(failed).toHaveLength(1);
  });
});
