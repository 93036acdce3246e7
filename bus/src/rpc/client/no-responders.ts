import type { ConnectError } from '@connectrpc/connect';
import { callFault } from './call-fault.ts';

/** Where a call went. */
export interface CallAddress {
  readonly service: string;
  readonly method: string;
  /** The one instance it was meant for, if it was. */
  readonly target?: string | undefined;
  /** Whether some versions of the service lack the method. */
  readonly partial?: boolean | undefined;
}

/** The error of a call that the broker found nobody for. `served`: there are workers that serve other methods of the service. */
export function noResponders(address: CallAddress, served: boolean): ConnectError {
  const { service, method, target, partial = false } = address;
  if (served && partial) {
    const what = 'no worker of a version that has this method runs now; start one';
    return callFault(`${service}/${method}`, { reason: 'NO_RESPONDERS', what, fate: 'never-started' });
  }
  if (served) {
    const what = 'the workers of the service do not have this method';
    return callFault(`${service}/${method}`, { reason: 'NOT_IMPLEMENTED', what, fate: 'never-started' });
  }
  const what =
    target === undefined
      ? 'no worker serves it now; start one, or see whether it failed to'
      : `there is no instance ${target} now`;
  return callFault(`${service}/${method}`, { reason: 'NO_RESPONDERS', what, fate: 'never-started' });
}
