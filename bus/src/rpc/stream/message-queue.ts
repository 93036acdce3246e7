/**
 * Messages between the callbacks that bring them and the `for await` that takes them. Bounded by the window of the
 * channel: `release` is called for each message when the loop asks for the next one, and only then may the sender
 * send as much again.
 */
export interface MessageQueue<T> extends AsyncIterable<T> {
  push(message: T, release: () => void): void;
  /** No more messages; those in line are still handed out. */
  end(): void;
  /** The stream failed: the loop gets the error, after the messages in line. */
  fail(error: unknown): void;
}

export interface MessageQueueOptions {
  /** The loop was left before the end. */
  onAbandoned(): void;
}

export function createMessageQueue<T>(options: MessageQueueOptions): MessageQueue<T> {
  let line: { readonly message: T; readonly release: () => void }[] = [];
  let at = 0;
  let outcome: { readonly error?: unknown } | undefined;
  let waiter: { resolve(result: IteratorResult<T>): void; reject(error: unknown): void } | undefined;
  let releaseTaken: (() => void) | undefined;
  let finished = false;
  let begun = false;

  const settle = (): IteratorResult<T> | undefined => {
    if (at < line.length) {
      const entry = line[at++] as { readonly message: T; readonly release: () => void };
      if (at === line.length) {
        line = [];
        at = 0;
      }
      releaseTaken = entry.release;
      return { done: false, value: entry.message };
    }
    if (outcome === undefined) return undefined;
    finished = true;
    if ('error' in outcome) throw outcome.error;
    return { done: true, value: undefined };
  };
  const wake = (): void => {
    const waiting = waiter;
    if (waiting === undefined) return;
    waiter = undefined;
    try {
      waiting.resolve(settle() as IteratorResult<T>);
    } catch (error) {
      waiting.reject(error);
    }
  };
  const iterator: AsyncIterator<T> = {
    next() {
      releaseTaken?.();
      releaseTaken = undefined;
      if (finished) return Promise.resolve({ done: true, value: undefined });
      if (waiter !== undefined)
        return Promise.reject(new TypeError('next() was called before the last one settled'));
      try {
        const result = settle();
        if (result !== undefined) return Promise.resolve(result);
      } catch (error) {
        return Promise.reject(error);
      }
      return new Promise((resolve, reject) => {
        waiter = { resolve, reject };
      });
    },
    return() {
      const wasOpen = outcome === undefined;
      finished = true;
      line = [];
      at = 0;
      outcome ??= {};
      if (wasOpen) options.onAbandoned();
      wake();
      return Promise.resolve({ done: true, value: undefined });
    },
  };

  return {
    push(message, release) {
      if (outcome !== undefined) return;
      line.push({ message, release });
      wake();
    },
    end() {
      outcome ??= {};
      wake();
    },
    fail(error) {
      if (finished || (outcome !== undefined && 'error' in outcome)) return;
      outcome = { error };
      wake();
    },
    [Symbol.asyncIterator]() {
      if (begun) throw new TypeError('the messages of a stream can be iterated once');
      begun = true;
      return iterator;
    },
  };
}
