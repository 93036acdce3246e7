/** What comes by callbacks, to be read as an iterable. */
export interface Queue<T> extends AsyncIterable<T> {
  push(item: T): void;
  end(): void;
  fail(error: unknown): void;
}

export function createQueue<T>(): Queue<T> {
  const items: T[] = [];
  let outcome: { readonly error?: unknown } | undefined;
  let wake = Promise.withResolvers<void>();
  const settle = (reached: { readonly error?: unknown }): void => {
    outcome ??= reached;
    wake.resolve();
  };
  return {
    push(item) {
      items.push(item);
      wake.resolve();
    },
    end: () => settle({}),
    fail: (error) => settle({ error }),
    async *[Symbol.asyncIterator]() {
      for (;;) {
        while (items.length > 0) yield items.shift() as T;
        if (outcome !== undefined) break;
        await wake.promise;
        wake = Promise.withResolvers();
      }
      if (outcome.error !== undefined) throw outcome.error;
    },
  };
}
