/**
 * Deadlines of calls under way, ordered without a heap: nearly all calls of a process use one of a few timeouts,
 * and those with the same timeout expire in the order they began. So there is one linked list per timeout, and a
 * sweep looks at heads only. Adding and removing are a few pointer writes.
 */
export interface DeadlineQueue<T> {
  /** Notes that `item` expires `timeoutMs` after `nowMs`. */
  add(item: T, timeoutMs: number, nowMs: number): Deadline;
  /** Forgets a deadline; a second time does nothing. */
  remove(deadline: Deadline): void;
  /** Takes out all that have expired, oldest first within a timeout, and hands each to `onExpired`. */
  expire(nowMs: number, onExpired: (item: T) => void): void;
  readonly size: number;
}

/** A place in the queue. */
export interface Deadline {
  readonly atMs: number;
}

interface Node<T> extends Deadline {
  readonly item: T;
  list: List<T> | undefined;
  previous: Node<T> | undefined;
  next: Node<T> | undefined;
}

interface List<T> {
  readonly timeoutMs: number;
  head: Node<T> | undefined;
  tail: Node<T> | undefined;
}

/**
 * What is left of a deadline at a later hop is any number. Rounded up to this many milliseconds there are never
 * more lists than it takes to count through the longest deadline in use, and empty lists are dropped.
 */
const granularityMs = 16;

export function createDeadlineQueue<T>(): DeadlineQueue<T> {
  const lists = new Map<number, List<T>>();
  let size = 0;

  const unlink = (node: Node<T>): void => {
    const list = node.list;
    if (list === undefined) return;
    node.list = undefined;
    if (node.previous) node.previous.next = node.next;
    else list.head = node.next;
    if (node.next) node.next.previous = node.previous;
    else list.tail = node.previous;
    node.previous = undefined;
    node.next = undefined;
    size--;
  };

  return {
    get size() {
      return size;
    },
    add(item, timeoutMs, nowMs) {
      const rounded = Math.ceil(timeoutMs / granularityMs) * granularityMs;
      let list = lists.get(rounded);
      if (list === undefined) {
        list = { timeoutMs: rounded, head: undefined, tail: undefined };
        lists.set(rounded, list);
      }
      const node: Node<T> = { atMs: nowMs + timeoutMs, item, list, previous: list.tail, next: undefined };
      if (list.tail) list.tail.next = node;
      else list.head = node;
      list.tail = node;
      size++;
      return node;
    },
    remove(deadline) {
      unlink(deadline as Node<T>);
    },
    expire(nowMs, onExpired) {
      for (const list of lists.values()) {
        // Within the rounding, a later node may expire a little earlier than the head; it waits for its turn.
        // What `onExpired` adds waits for the next sweep.
        const last = list.tail;
        while (list.head !== undefined && list.head.atMs <= nowMs) {
          const node = list.head;
          unlink(node);
          onExpired(node.item);
          if (node === last) break;
        }
        if (list.head === undefined) lists.delete(list.timeoutMs);
      }
    },
  };
}
