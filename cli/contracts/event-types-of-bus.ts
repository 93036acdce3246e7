import type { Bus, EventTypes, KnownEvent } from '@busline/bus';
import { findByName } from './find-by-name.ts';

/** The events whose contracts are in the registry, by full name. */
export async function eventTypesOfBus(bus: Pick<Bus, 'watchEventTypes'>): Promise<EventTypes> {
  let types: EventTypes = new Map<string, KnownEvent>();
  const watch = await bus.watchEventTypes((now) => {
    types = now;
  });
  await watch.stop();
  return types;
}

/** @throws CommandFailure when there is none, or more than one. */
export function findEventType(name: string, types: EventTypes): KnownEvent {
  const found = findByName(name, types.keys(), { one: 'event', many: 'events', list: 'busline schema ls' });
  return types.get(found) as KnownEvent;
}
