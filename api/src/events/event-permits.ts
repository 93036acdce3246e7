import { type Identity, missingScopes, type PermittedCallers } from '@busline/bus';
import type { ConnectError } from '@connectrpc/connect';
import { edgeFault } from '../policies/edge-fault.ts';
import type { EdgePolicies } from '../policies/edge-policies.ts';
import type { EdgeEvent, EventDirectory } from './event-directory.ts';

export type EventUse = 'publish' | 'subscribe';

/** Says which events a caller may use. */
export interface EventPermits {
  /**
   * @throws ConnectError EVENT_UNKNOWN (NOT_FOUND) naming what there is; EVENT_CLOSED, CREDENTIALS_MISSING or
   * SCOPE_MISSING for an event that this caller may not use
   */
  demand(type: string, use: EventUse, identity: Identity | undefined): EdgeEvent;
  allows(event: EdgeEvent, use: EventUse, identity: Identity | undefined): boolean;
}

/** Names of events in one error. */
const maxNames = 20;

export function createEventPermits(
  directory: EventDirectory,
  { isOpen, challenger }: Pick<EdgePolicies, 'isOpen' | 'challenger'>,
): EventPermits {
  const refusal = (
    callers: PermittedCallers | undefined,
    { type, use, identity }: { type: string; use: EventUse; identity: Identity | undefined },
  ): ConnectError | undefined => {
    if (isOpen) return undefined;
    if (callers === undefined) {
      return edgeFault('EVENT_CLOSED', {
        message: `nobody may ${use === 'publish' ? 'publish' : 'subscribe to'} ${type} here: its contract does not open it (edge.${use} of the option busline.events.v1.event)`,
        facts: { type },
      });
    }
    if (callers.authentication === 'required' && identity === undefined) return challenger.missing();
    const missing = missingScopes(callers.scopes, identity);
    return missing.length > 0 ? challenger.insufficientScope(missing) : undefined;
  };
  const allows: EventPermits['allows'] = ({ access, schema }, use, identity) =>
    refusal(access[use], { type: schema.typeName, use, identity }) === undefined;

  return {
    allows,
    demand(type, use, identity) {
      const event = directory.types.get(type);
      if (event === undefined) {
        const names = [...directory.types]
          .filter(([, known]) => allows(known, use, identity))
          .map(([name]) => name)
          .toSorted();
        throw edgeFault('EVENT_UNKNOWN', { message: unknownText(type, use, names), facts: { type } });
      }
      const refused = refusal(event.access[use], { type, use, identity });
      if (refused !== undefined) throw refused;
      return event;
    },
  };
}

function unknownText(type: string, use: EventUse, names: readonly string[]): string {
  const shown = type.length > 128 ? `${type.slice(0, 128)}…` : type;
  const verb = use === 'publish' ? 'publish' : 'subscribe to';
  if (names.length === 0) return `there is no event ${JSON.stringify(shown)}, and none that you may ${verb}`;
  const more = names.length > maxNames ? ` and ${names.length - maxNames} more` : '';
  return `there is no event ${JSON.stringify(shown)}; you may ${verb} ${names.slice(0, maxNames).join(', ')}${more}`;
}
