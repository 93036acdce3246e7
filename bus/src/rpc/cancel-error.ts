import { ConnectError } from '@connectrpc/connect';
import { type CallFate, fault } from '../errors/fault.ts';

/**
 * The error of a cancelled call. An abort reason that already is a ConnectError (a deadline further up, a
 * shutdown) stays what it is, as Connect does.
 */
export function toCancelError(reason: unknown, fate: CallFate): ConnectError {
  if (reason instanceof ConnectError) return reason;
  return fault('CANCELLED', { message: 'the caller cancelled the call', fate, cause: reason });
}
