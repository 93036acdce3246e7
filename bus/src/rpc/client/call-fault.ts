import type { ConnectError } from '@connectrpc/connect';
import { type CallFate, type FaultReason, fault } from '../../errors/fault.ts';

/** Ends the message of a fault: whoever only sees the text must learn it too. */
const fateText: Readonly<Record<CallFate, string>> = {
  'never-started': ' (the call never started)',
  'may-have-run': ' (the call may have run)',
};

export interface CallFaultInit {
  readonly reason: FaultReason;
  readonly what: string;
  readonly fate: CallFate;
  readonly facts?: Readonly<Record<string, string>>;
}

/** A fault about one call, naming its method and what became of it. */
export function callFault(method: string, { reason, what, fate, facts }: CallFaultInit): ConnectError {
  return fault(reason, { message: `${method}: ${what}${fateText[fate]}`, fate, facts: { method, ...facts } });
}
