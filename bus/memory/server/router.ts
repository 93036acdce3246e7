import { matchesSubject } from './subject-match.ts';

/** A message on its way through the broker. */
export interface RoutedMessage {
  readonly subject: string;
  /** Empty when no reply is wanted. */
  readonly reply: string;
  readonly head: Uint8Array | undefined;
  readonly body: Uint8Array;
}

/** Somebody who gets messages. */
export interface Subscriber {
  readonly subject: string;
  /** Members of a queue share what comes; empty for one who gets everything. */
  readonly queue: string;
  deliver(message: RoutedMessage): void;
}

/** Who gets which message. */
export interface Router {
  /** Returns the function that ends it. */
  subscribe(subscriber: Subscriber): () => void;
  /**
   * Hands a message to all who want it. Returns to how many.
   *
   * @param shown The subject that they see, where it is not the one that they asked for: that of a stored message.
   */
  publish(message: RoutedMessage, shown?: string): number;
  hasSubscriber(subject: string): boolean;
  /** Calls `listener` when somebody subscribes. */
  onSubscribe(listener: (subject: string) => void): void;
}

export function createRouter(): Router {
  const subscribers = new Set<Subscriber>();
  const listeners = new Set<(subject: string) => void>();
  // Most subjects are published to many times between two changes of who listens.
  const bySubject = new Map<string, readonly Subscriber[]>();

  const wanting = (subject: string): readonly Subscriber[] => {
    let found = bySubject.get(subject);
    if (found === undefined) {
      found = [...subscribers].filter((subscriber) => matchesSubject(subscriber.subject, subject));
      if (bySubject.size > cachedSubjects) bySubject.clear();
      bySubject.set(subject, found);
    }
    return found;
  };

  return {
    subscribe(subscriber) {
      subscribers.add(subscriber);
      bySubject.clear();
      for (const listener of listeners) listener(subscriber.subject);
      return () => {
        subscribers.delete(subscriber);
        bySubject.clear();
      };
    },
    publish(routed, shown) {
      const message = shown === undefined ? routed : { ...routed, subject: shown };
      const queues = new Map<string, Subscriber[]>();
      let receivers = 0;
      for (const subscriber of wanting(routed.subject)) {
        if (subscriber.queue === '') {
          receivers++;
          subscriber.deliver(message);
        } else {
          const members = queues.get(subscriber.queue);
          if (members === undefined) queues.set(subscriber.queue, [subscriber]);
          else members.push(subscriber);
        }
      }
      for (const members of queues.values()) {
        receivers++;
        members[Math.floor(Math.random() * members.length)]?.deliver(message);
      }
      return receivers;
    },
    hasSubscriber: (subject) => wanting(subject).length > 0,
    onSubscribe: (listener) => void listeners.add(listener),
  };
}

const cachedSubjects = 1_000;
