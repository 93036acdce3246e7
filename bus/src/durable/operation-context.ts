import type { DescMessage, MessageInitShape } from '@bufbuild/protobuf';
import { type ContextKey, createContextKey, type HandlerContext } from '@connectrpc/connect';

/** A durable call as its handler sees it. */
export interface RunningOperation {
  /**
   * The same in every attempt, and of no other call: the name under which a handler commits its effect, so that a second
   * attempt finds it done.
   */
  readonly id: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** Whether there will be no further attempt: the time to undo what cannot be completed. */
  readonly isLast: boolean;
  /**
   * Tells callers how far the call is. The last report counts. Resolves once it is stored.
   *
   * @throws ConnectError CANCELLED when somebody asked for the end of the call; UNAVAILABLE when JetStream does not answer.
   */
  progress<S extends DescMessage>(schema: S, message: MessageInitShape<S>): Promise<void>;
}

/** Where a call's context values hold its operation: for tests of handlers, which may set it. */
export const operationKey: ContextKey<RunningOperation | undefined> = createContextKey<
  RunningOperation | undefined
>(undefined, { description: 'the durable call that is run' });

/** The durable call that a handler runs in; undefined where the method was called directly, without being stored. */
export function operation(context: Pick<HandlerContext, 'values'>): RunningOperation | undefined {
  return context.values.get(operationKey);
}
