import { fromBinary, type Registry } from '@bufbuild/protobuf';
import { type Bus, identity } from '@busline/bus';
import {
  EventService,
  type EventType,
  type PublishRequest,
  SubscribeResponseSchema,
} from '@busline/schemas/busline/events/v1/event_service';
import { Code, ConnectError, type HandlerContext } from '@connectrpc/connect';
import { type LocalService, localService, type ServerSentFields } from '../local/local-service.ts';
import { commentOf } from '../openapi/comments.ts';
import type { EdgePolicies } from '../policies/edge-policies.ts';
import { atIndex, readEventsBody } from './event-content.ts';
import type { EventDirectory } from './event-directory.ts';
import { createEventPermits } from './event-permits.ts';
import { attributesBeside, givenEvent, preparePublished } from './prepare-published.ts';
import { publishBatch } from './publish-batch.ts';
import { subscribe } from './subscribe.ts';

export interface EventServiceOptions {
  readonly bus: Pick<Bus, 'prepareEvent' | 'publishPrepared' | 'readEvents'>;
  readonly directory: EventDirectory;
  readonly policies: Pick<EdgePolicies, 'isOpen' | 'challenger'>;
  /** Types that events may hold. */
  readonly registry: Registry;
  /** Aborts when the edge leaves. */
  readonly closing: AbortSignal;
}

/** Time to tell the caller before its own deadline, in milliseconds. */
const answerMs = 50;
/** Events of one batch, as the contract has it. */
const maxBatch = 1000;

/** `busline.events.v1.EventService`: events in and out of the bus. */
export function eventService(options: EventServiceOptions): LocalService {
  const { bus, directory, policies, registry, closing } = options;
  const permits = createEventPermits(directory, policies);
  const callOf = (context: HandlerContext) => ({
    identity: identity(context),
    header: context.requestHeader,
  });
  const sending = (context: HandlerContext) => {
    const leftMs = context.timeoutMs();
    return {
      ...(leftMs !== undefined && { timeoutMs: Math.max(1, leftMs - answerMs) }),
      signal: context.signal,
    };
  };

  return localService(
    EventService,
    {
      async publish(request, context) {
        const call = callOf(context);
        const given = givenEvent(request);
        const event = preparePublished(
          { bus, permits },
          { ...given, attributes: given.attributes ?? attributesBeside(call) },
          { stated: request, call },
        );
        const published = await bus.publishPrepared(event, sending(context));
        if (published.duplicate) context.responseHeader.set('idempotency-replayed', 'true');
        return { ...published, sequence: BigInt(published.sequence) };
      },
      async publishBatch(request, context) {
        const call = callOf(context);
        const events = batchOf(request).map(({ given, stated }, index) =>
          atIndex(index, () => preparePublished({ bus, permits }, given(), { stated, call })),
        );
        const results = await publishBatch(events, (event) => bus.publishPrepared(event, sending(context)));
        return { results };
      },
      subscribe: (request, context) =>
        subscribe({ bus, directory, permits, registry, challenger: policies.challenger, closing }, request, {
          identity: identity(context),
          lastEventId: context.requestHeader.get('last-event-id') ?? undefined,
          signal: context.signal,
        }),
      listEventTypes(_, context) {
        const caller = identity(context);
        const types = [...directory.types]
          .toSorted(([a], [b]) => (a < b ? -1 : 1))
          .map(([name, event]) => ({
            name,
            description: commentOf(event.schema),
            keyField: event.keyField,
            stream: event.stream,
            canPublish: permits.allows(event, 'publish', caller),
            canSubscribe: permits.allows(event, 'subscribe', caller),
          }));
        return { types: types.filter(isUsable) };
      },
    },
    { registry, serverSent: { [methods.subscribe.name]: serverSent }, notes },
  );
}

const { method: methods } = EventService;

const notes = {
  [methods.publish.name]: {
    bodyTypes: ['application/json', 'application/protobuf', 'application/cloudevents+json'],
    headers: [
      { name: 'ce-id', description: 'Names the event: a repetition with the same id is stored once.' },
      { name: 'ce-source', description: 'Who publishes, a URI reference.' },
      { name: 'ce-time', description: 'When it happened (RFC 3339).' },
      { name: 'Idempotency-Key', description: 'Stands for a missing `ce-id`.' },
    ],
  },
  [methods.publishBatch.name]: {
    bodyTypes: ['application/cloudevents-batch+json', 'application/cloudevents+json'],
  },
  [methods.subscribe.name]: {
    headers: [
      {
        name: 'Last-Event-ID',
        description: 'The last position that was seen: goes on behind it. Goes before `lastEventId`.',
      },
    ],
  },
};

const isUsable = ({ canPublish, canSubscribe }: Pick<EventType, 'canPublish' | 'canSubscribe'>): boolean =>
  canPublish || canSubscribe;

const nothingStated = { type: '', id: '', time: undefined };

function batchOf({ events, body }: { events: PublishRequest[]; body?: PublishRequest['body'] }) {
  if (body !== undefined && events.length > 0) throw invalid('give events or a body, not both');
  if (body === undefined) {
    if (events.length === 0) throw invalid('the batch is empty');
    return events.map((stated, index) => ({
      stated,
      given() {
        const event = givenEvent(stated);
        return { ...event, path: `events[${index}].${event.path}` };
      },
    }));
  }
  const given = readEventsBody(body);
  if (given.length === 0) throw invalid('the batch is empty');
  if (given.length > maxBatch)
    throw invalid(`the batch has ${given.length} events; at most ${maxBatch} are taken`);
  return given.map((event) => ({ stated: nothingStated, given: () => event }));
}

/** By type, so that pages can listen for what they know; a position alone is only remembered. */
function serverSent(message: Uint8Array): ServerSentFields {
  const { position, item } = fromBinary(SubscribeResponseSchema, message);
  if (item.case === 'event') return { event: item.value.type || undefined, id: position };
  if (item.case === 'gap') return { event: 'gap', id: position };
  return { id: position, silent: true };
}

function invalid(message: string): ConnectError {
  return new ConnectError(message, Code.InvalidArgument);
}
