import type { Message } from '@bufbuild/protobuf';

/**
 * Notices streams that nobody will read on. Connect's client hands its users an iterator without `return`, so a loop
 * that is left early tells nobody; the only trace is that the iterator is collected as garbage. Until then the stream
 * stands still at its window.
 */
export interface AbandonedStreams {
  /** What the user gets in place of `messages`. `cancel` is called when it has been collected; it must not lead back to it. */
  guard(messages: AsyncIterable<Message>, cancel: () => void): AsyncIterable<Message>;
}

export function createAbandonedStreams(): AbandonedStreams {
  const registry = new FinalizationRegistry<() => void>((cancel) => cancel());
  return {
    guard(messages, cancel) {
      const guarded: AsyncIterable<Message> = {
        [Symbol.asyncIterator]() {
          const iterator = messages[Symbol.asyncIterator]();
          const inner: AsyncIterator<Message> = {
            next: () => iterator.next(),
            return: () => iterator.return?.() ?? Promise.resolve({ done: true, value: undefined }),
          };
          registry.register(inner, cancel);
          return inner;
        },
      };
      return guarded;
    },
  };
}
