import type { CatalogService, EventTypes } from '@busline/bus';
import { withBus } from '../connection/with-bus.ts';
import { eventTypesOfBus } from '../contracts/event-types-of-bus.ts';
import { servicesOfBus } from '../contracts/services-of-bus.ts';
import type { CommandContext } from '../program/command-context.ts';

/** All that is in the registry. */
export interface LiveContracts {
  readonly services: ReadonlyMap<string, CatalogService>;
  readonly events: EventTypes;
}

export async function liveContracts(context: CommandContext): Promise<LiveContracts> {
  return await withBus(context, async (bus) => ({
    services: await servicesOfBus(bus),
    events: await eventTypesOfBus(bus),
  }));
}
