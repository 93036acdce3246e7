import type { ConnectError } from '@connectrpc/connect';
import { callFault } from './call-fault.ts';

/** Where a call went. */
export interface CallAddress {
  readonly service: string;
  readonly method: string;
  /** The one instance it was meant for, if it was. */
  readonly target?: string | undefined;
}

/** The error of a call that the broker found nobody for. `served`: there are workers that serve other methods of the service. */
export function noResponders({ service, method, target }: CallAddress, served: boolean): ConnectError {
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
