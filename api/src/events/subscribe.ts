import { create, type Registry } from '@bufbuild/protobuf';
import { timestampDate } from '@bufbuild/protobuf/wkt';
import type { Bus, Identity, ReadFrom } from '@busline/bus';
import {
  type SubscribeRequest,
  type SubscribeResponse,
  SubscribeResponseSchema,
} from '@busline/schemas/busline/events/v1/event_service';
import { Code, ConnectError } from '@connectrpc/connect';
import type { Challenger } from '../policies/authentication/challenge.ts';
import { delivered } from './delivered-event.ts';
import type { EdgeEvent, EventDirectory } from './event-directory.ts';
import type { EventPermits } from './event-permits.ts';
import { formatPosition, readPosition } from './event-position.ts';

export interface SubscribeOptions {
  readonly bus: Pick<Bus, 'readEvents'>;
  readonly directory: EventDirectory;
  readonly permits: EventPermits;
  /** Types that events may hold. */
  readonly registry: Registry;
  readonly challenger: Challenger;
  /** Aborts when the edge leaves. */
  readonly closing: AbortSignal;
}

export interface SubscriberCall {
  readonly identity: Identity | undefined;
  /** The field `Last-Event-ID`. */
  readonly lastEventId: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * Follows events for one client. First comes a position alone, as soon as what was stored has been sent: from then on
 * nothing is missed, and the client can come back even if nothing happens.
 *
 * @throws ConnectError for what cannot be followed; UNAVAILABLE when the edge leaves and CREDENTIALS_INVALID when the
 * caller's credentials expire, so that the client comes back with others
 */
export async function* subscribe(
  { bus, directory, permits, registry, challenger, closing }: SubscribeOptions,
  request: SubscribeRequest,
  { identity, lastEventId, signal }: SubscriberCall,
): AsyncGenerator<SubscribeResponse> {
  const events = wantedEvents(request.type, { directory, permits, identity });
  const from = readFrom(request, { lastEventId, stream: events[0]?.stream ?? '' });
  const expired = expiry(identity);
  const caughtUp = Promise.withResolvers<SubscribeResponse>();
  const items = bus.readEvents({
    event: events.map(({ schema }) => schema),
    key: request.key,
    from,
    follow: true,
    signal: AbortSignal.any([signal, closing, expired.signal]),
    onCaughtUp: (place) =>
      caughtUp.resolve(create(SubscribeResponseSchema, { position: formatPosition(place) })),
  });
  try {
    let opened = false;
    let next = items.next();
    for (;;) {
      const first = opened ? await next : await Promise.race([next, caughtUp.promise]);
      if ('position' in first) {
        opened = true;
        yield first;
        continue;
      }
      if (first.done === true) break;
      yield delivered(first.value, registry);
      next = items.next();
    }
    if (closing.aborted)
      throw new ConnectError('this edge is leaving; subscribe again at another one', Code.Unavailable);
    if (expired.signal.aborted) throw challenger.invalid('the credentials have expired');
  } finally {
    expired.release();
    await items.return();
  }
}

interface Wanted {
  readonly directory: EventDirectory;
  readonly permits: EventPermits;
  readonly identity: Identity | undefined;
}

/** The events of a name, or of a package with `.*`. */
function wantedEvents(type: string, { directory, permits, identity }: Wanted): readonly EdgeEvent[] {
  if (!type.endsWith('.*')) return [permits.demand(type, 'subscribe', identity)];
  const prefix = type.slice(0, -1);
  const events = [...directory.types.values()].filter(
    (event) => event.schema.typeName.startsWith(prefix) && permits.allows(event, 'subscribe', identity),
  );
  const streams = [...new Set(events.map(({ stream }) => stream))];
  if (streams.length > 1)
    throw invalid(
      `the events of ${type} are stored in ${streams.join(' and ')}; subscribe to each by itself`,
    );
  // Refuses, naming what there is.
  return events.length > 0 ? events : [permits.demand(type, 'subscribe', identity)];
}

/** @throws ConnectError INVALID_ARGUMENT for several beginnings at once, or a position that is none of the stream */
export function readFrom(
  request: Pick<SubscribeRequest, 'lastEventId' | 'since' | 'last' | 'fromStart'>,
  { lastEventId, stream }: { readonly lastEventId: string | undefined; readonly stream: string },
): ReadFrom {
  const { since, last, fromStart } = request;
  const given = [request.lastEventId !== '', since !== undefined, last !== 0, fromStart];
  if (given.filter(Boolean).length > 1)
    throw invalid('give one of last_event_id, since, last and from_start, not several');
  const text = lastEventId || request.lastEventId;
  if (text !== '') {
    const position = readPosition(text);
    if (position === undefined)
      throw invalid(
        'the last event id is none that a subscription has given: it must be <stream>-<sequence>',
      );
    if (position.stream !== stream)
      throw invalid(
        `the last event id is of stream ${position.stream}, and the event is stored in ${stream}`,
      );
    return { after: position.sequence };
  }
  if (since !== undefined) return { time: timestampDate(since) };
  if (last > 0) return { last };
  return fromStart ? 'start' : 'now';
}

/** Longest delay of a Node.js timer. */
const maxTimerMs = 2 ** 31 - 1;

function expiry(identity: Identity | undefined): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  if (identity?.expiresAt === undefined) return { signal: controller.signal, release: () => undefined };
  const leftMs = Math.max(0, identity.expiresAt.getTime() - Date.now());
  const timer = setTimeout(() => controller.abort(), Math.min(leftMs, maxTimerMs));
  return { signal: controller.signal, release: () => clearTimeout(timer) };
}

function invalid(message: string): ConnectError {
  return new ConnectError(message, Code.InvalidArgument);
}
