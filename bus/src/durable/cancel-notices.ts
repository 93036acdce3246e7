import type { Connection } from '../connection/connection.ts';
import { type OperationRef, refToken } from './operation-ref.ts';

/**
 * Tells whoever runs an operation that it is to end. A notice may get lost; the record says the same, and is looked at
 * with each report of progress and before each attempt.
 */
export interface CancelNotices {
  send(ref: OperationRef): void;
  /** Hears of the end of one operation. Returns the function that ends it. */
  listen(ref: OperationRef, onCancel: () => void): () => void;
}

const subjectPrefix = 'ops-cancel';

export function createCancelNotices(connection: Connection): CancelNotices {
  const listeners = new Map<string, Set<() => void>>();
  let subscribed = false;

  const subscribe = (): void => {
    subscribed = true;
    connection.subscribe(`${subjectPrefix}.*`, ({ subject }) => {
      for (const tell of listeners.get(subject.slice(subjectPrefix.length + 1)) ?? []) tell();
    });
  };
  return {
    send(ref) {
      if (connection.state === 'connected') {
        connection.publish(`${subjectPrefix}.${refToken(ref)}`, new Uint8Array(0));
      }
    },
    listen(ref, onCancel) {
      if (!subscribed) subscribe();
      const token = refToken(ref);
      const here = listeners.get(token) ?? new Set();
      listeners.set(token, here.add(onCancel));
      return () => {
        here.delete(onCancel);
        if (here.size === 0) listeners.delete(token);
      };
    },
  };
}
