import { createDeadlineQueue, type Deadline } from '../../connection/deadline-queue.ts';
import { callNumberLimit } from '../../wire/bundle.ts';

/** A call that waits for its reply. Whatever ends it takes it out of the table first. */
export interface PendingCall {
  /** Full name of the called service. */
  readonly service: string;
  /** Subject the call was published to. */
  readonly subject: string;
  /** When the call was sent, on the clock of `performance.now()`. */
  readonly sentAtMs: number;
  /** What stands before the number in the reply subject: `s.` for a stream. */
  readonly replyPrefix: '' | 's.';
  /** Bundle the call was sent in, undefined if it travelled alone. */
  readonly bundle: number | undefined;
  /** Instance that holds the call, once a receipt has told. */
  readonly instance: string | undefined;
  onReply(body: Uint8Array, head: Uint8Array | undefined): void;
  /** A packet of a stream. */
  onPacket(body: Uint8Array, head: Uint8Array | undefined): void;
  /** Nobody took the bundle the call was sent in. */
  onBundleRefused(): void;
  onReceipt(instance: string): void;
  onDeadline(): void;
  /** The broker does not let this user call the method. */
  onRefused(): void;
  /** The connection broke while the call was under way. */
  onDisconnect(): void;
  /** The instance that held the call is gone; undefined when it died before its receipt. */
  onWorkerLost(instance: string | undefined): void;
}

/** A call's number: the last token of its reply subject. */
export type CallNumber = number;

/**
 * The calls under way on one connection. A call lives in a slot that is used again and again; its number is
 * `generation × slots + slot`, so a late reply to an earlier call of the slot finds nobody.
 */
export interface CallTable {
  readonly size: number;
  readonly bytes: number;
  /** Enters a call, with `bytes` counted against the table's budget. */
  open(call: PendingCall, timeoutMs: number, bytes: number): CallNumber;
  /** Takes a call out. A second time does nothing. */
  close(number: CallNumber): void;
  /** Hands a reply to its call, which is then over. A reply to a call that is over already is dropped. */
  deliver(number: CallNumber, body: Uint8Array, head: Uint8Array | undefined): void;
  /** The call of a number, unless it is over. */
  get(number: CallNumber): PendingCall | undefined;
  /** Ends the calls whose deadline has passed. */
  expire(nowMs: number): void;
  /** Visits every call under way; the visitor may end it. */
  forEach(visit: (call: PendingCall, number: CallNumber) => void): void;
}

interface Slot {
  number: CallNumber;
  call: PendingCall | undefined;
  deadline: Deadline | undefined;
  bytes: number;
}

/** More slots than calls allowed under way at once, see `maxCallsInFlight`. */
const slotCount = 2 ** 20;

export function createCallTable(): CallTable {
  const slots: Slot[] = [];
  const free: number[] = [];
  const deadlines = createDeadlineQueue<Slot>();
  let size = 0;
  let totalBytes = 0;

  const slotOf = (number: CallNumber): Slot | undefined => {
    const slot = slots[number % slotCount];
    return slot !== undefined && slot.number === number && slot.call !== undefined ? slot : undefined;
  };
  const vacate = (slot: Slot): void => {
    if (slot.deadline !== undefined) deadlines.remove(slot.deadline);
    slot.call = undefined;
    slot.deadline = undefined;
    size--;
    totalBytes -= slot.bytes;
    free.push(slot.number % slotCount);
    slot.number = (slot.number + slotCount) % callNumberLimit;
  };

  return {
    get size() {
      return size;
    },
    get bytes() {
      return totalBytes;
    },
    open(call, timeoutMs, bytes) {
      let index = free.pop();
      if (index === undefined) {
        index = slots.length;
        slots.push({ number: index, call: undefined, deadline: undefined, bytes: 0 });
      }
      const slot = slots[index] as Slot;
      slot.call = call;
      slot.bytes = bytes;
      slot.deadline = deadlines.add(slot, timeoutMs, performance.now());
      size++;
      totalBytes += bytes;
      return slot.number;
    },
    close(number) {
      const slot = slotOf(number);
      if (slot !== undefined) vacate(slot);
    },
    deliver(number, body, head) {
      const slot = slotOf(number);
      if (slot === undefined) return;
      const call = slot.call as PendingCall;
      vacate(slot);
      call.onReply(body, head);
    },
    get(number) {
      return slotOf(number)?.call;
    },
    expire(nowMs) {
      deadlines.expire(nowMs, (slot) => {
        const call = slot.call as PendingCall;
        vacate(slot);
        call.onDeadline();
      });
    },
    forEach(visit) {
      for (const slot of slots) {
        if (slot.call !== undefined) visit(slot.call, slot.number);
      }
    },
  };
}
