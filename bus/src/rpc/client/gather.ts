import type { DescMessage, DescMethodUnary, MessageShape } from '@bufbuild/protobuf';
import type { ConnectError } from '@connectrpc/connect';
import { callFault } from './call-fault.ts';

/** What one instance answered. */
export type Gathered<O extends DescMessage> =
  | { readonly instance: string; readonly message: MessageShape<O>; readonly error?: undefined }
  | { readonly instance: string; readonly message?: undefined; readonly error: ConnectError };

export interface GatherParts<I extends DescMessage, O extends DescMessage> {
  readonly method: DescMethodUnary<I, O>;
  /** Instances that serve the method now. */
  instances(): Promise<readonly string[]>;
  /** Calls one instance. */
  call(instance: string): Promise<MessageShape<O>>;
}

/**
 * Calls every instance of a service and waits for each, at most until the deadline of the calls.
 *
 * @throws ConnectError NO_RESPONDERS (UNAVAILABLE) when there is no instance. What single instances failed with is in
 * the result.
 */
export async function gather<I extends DescMessage, O extends DescMessage>({
  method,
  instances,
  call,
}: GatherParts<I, O>): Promise<Gathered<O>[]> {
  const found = await instances();
  if (found.length === 0) {
    throw callFault(`${method.parent.typeName}/${method.name}`, {
      reason: 'NO_RESPONDERS',
      what: 'no worker serves it now',
      fate: 'never-started',
    });
  }
  return Promise.all(
    found.map((instance) =>
      call(instance).then(
        (message): Gathered<O> => ({ instance, message }),
        (error: ConnectError): Gathered<O> => ({ instance, error }),
      ),
    ),
  );
}
