import { type CalledMethods, createCalledMethods } from './called-methods.ts';
import { createHandledEvents, type HandledEvents } from './handled-events.ts';
import { createPublishedEvents, type PublishedEvents } from './published-events.ts';

/** What a connection counts besides the calls it serves, which their endpoints count. */
export interface ProcessStats {
  readonly called: CalledMethods;
  readonly published: PublishedEvents;
  readonly handled: HandledEvents;
}

export function createProcessStats(): ProcessStats {
  return {
    called: createCalledMethods(),
    published: createPublishedEvents(),
    handled: createHandledEvents(),
  };
}
