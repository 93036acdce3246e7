import type { Connection } from '../../connection/connection.ts';

/** Hears that something was published, once for all readers of a connection who listen to the same subject. */
export interface PublishedSubjects {
  /** Calls `onPublished` for each message. Returns the function that ends it. */
  listen(subject: string, onPublished: () => void): () => void;
}

export function createPublishedSubjects(connection: Connection): PublishedSubjects {
  const subjects = new Map<string, { readonly listeners: Set<() => void>; readonly close: () => void }>();
  return {
    listen(subject, onPublished) {
      let heard = subjects.get(subject);
      if (heard === undefined) {
        const listeners = new Set<() => void>();
        const subscription = connection.subscribe(subject, () => {
          for (const listener of listeners) listener();
        });
        heard = { listeners, close: () => subscription.unsubscribe() };
        subjects.set(subject, heard);
      }
      const { listeners, close } = heard;
      // Its own, so that who listens twice is called twice.
      const listener = (): void => onPublished();
      listeners.add(listener);
      return () => {
        if (!listeners.delete(listener) || listeners.size > 0) return;
        subjects.delete(subject);
        close();
      };
    },
  };
}
