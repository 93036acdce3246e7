import { ConnectError } from '@connectrpc/connect';
import { type FaultReason, faultReason } from '../errors/fault.ts';

/** What follows from an event that could not be published. */
export type Verdict =
  /** No event can be published now: the relay waits, and the row stays as it is. */
  | 'wait'
  /** This one cannot now, others can: it is tried again later. */
  | 'postpone'
  /** Trying it again changes nothing until somebody changes something. */
  | 'set-aside';

const waits: ReadonlySet<FaultReason | undefined> = new Set<FaultReason>([
  'DEADLINE',
  'CANCELLED',
  'DISCONNECTED',
  'DRAINING',
  'JETSTREAM_OFF',
  'TOO_MANY_CALLS',
]);
const postponed: ReadonlySet<FaultReason | undefined> = new Set<FaultReason>(['STREAM_FULL']);

export function judgeFailure(error: unknown): Verdict {
  const reason = error instanceof ConnectError ? faultReason(error) : undefined;
  if (waits.has(reason)) return 'wait';
  return postponed.has(reason) ? 'postpone' : 'set-aside';
}
