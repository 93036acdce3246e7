/**
 * What a call needs of the signal that cancels it. Every `AbortSignal` is one. Whoever makes a call for each request of its
 * own, as the edge does, can give less: an AbortSignal and its controller cost more than the rest of a small call.
 */
export interface CancelSignal {
  readonly aborted: boolean;
  /** A ConnectError is the error of the call; anything else its cause. */
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void, options: { readonly once: true }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}
