import { randomUUID } from 'node:crypto';
import type { OutboxTable } from './outbox-table.ts';

/** The right to relay, of which there is one per outbox. */
export interface Lease {
  /** Whether it is surely ours at this moment. */
  readonly held: boolean;
  /** Takes it, or prolongs it when a third of it is over. Resolves with `held`; rejects when the database does not answer. */
  keep(): Promise<boolean>;
  giveUp(): Promise<void>;
}

export function createLease(table: Pick<OutboxTable, 'lead' | 'resign'>, leaseMs: number): Lease {
  const owner = randomUUID();
  // By our own clock, and counted from before we asked: never later than the database thinks.
  let heldUntilMs = 0;
  let asked = 0;
  const held = (): boolean => performance.now() < heldUntilMs;
  return {
    get held() {
      return held();
    },
    async keep() {
      const askedAtMs = performance.now();
      if (heldUntilMs - askedAtMs > (leaseMs * 2) / 3) return true;
      const number = ++asked;
      const leads = await table.lead(owner, leaseMs);
      // An answer that was overtaken says nothing about now.
      if (number === asked) heldUntilMs = leads ? askedAtMs + leaseMs : 0;
      return held();
    },
    async giveUp() {
      heldUntilMs = 0;
      asked++;
      await table.resign(owner);
    },
  };
}
