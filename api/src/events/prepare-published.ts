import { timestampDate } from '@bufbuild/protobuf/wkt';
import { type Bus, type Identity, ownerToken, type PreparedEvent } from '@busline/bus';
import type { PublishRequest } from '@busline/schemas/busline/events/v1/event_service';
import { Code, ConnectError } from '@connectrpc/connect';
import { readIdempotencyKey } from '../operations/idempotency-key.ts';
import { type EventAttributes, headerAttributes } from './event-attributes.ts';
import { type GivenEvent, messageOf, readEventBody } from './event-content.ts';
import type { EventPermits } from './event-permits.ts';
import { fieldsBelow } from './fields-below.ts';

/** Who publishes, and with which words. */
export interface PublisherCall {
  readonly identity: Identity | undefined;
  readonly header: Headers;
}

export interface PrepareOptions {
  readonly bus: Pick<Bus, 'prepareEvent'>;
  readonly permits: EventPermits;
}

/** What a request says of one event. */
type Stated = Pick<PublishRequest, 'type' | 'id' | 'time'>;

const noAttributes: EventAttributes = { others: {} };

/**
 * Reads the event of a request, whatever its form.
 *
 * @throws HttpFault 415; ConnectError INVALID_ARGUMENT
 */
export function givenEvent({ event, body }: PublishRequest): GivenEvent & { readonly type: string } {
  if (event !== undefined && body !== undefined) throw invalid('give the event or a body, not both');
  if (body !== undefined) return { ...readEventBody(body), type: '' };
  if (event === undefined) throw invalid('no event is given: send it as "event", or as a body');
  const type = event.typeUrl.slice(event.typeUrl.lastIndexOf('/') + 1);
  return { path: 'event', content: { kind: 'binary', bytes: event.value }, attributes: undefined, type };
}

/** The attributes that stand beside an event, for one that does not have its own. */
export function attributesBeside({ header }: PublisherCall): EventAttributes {
  const attributes = headerAttributes(header);
  const key = readIdempotencyKey(header.get('idempotency-key') ?? undefined);
  return { ...attributes, id: attributes.id ?? key };
}

/**
 * Checks an event against its contract and its caller, and makes it bytes.
 *
 * @throws ConnectError EVENT_UNKNOWN, EVENT_CLOSED, CREDENTIALS_MISSING, SCOPE_MISSING, INVALID_MESSAGE, INVALID_ARGUMENT
 */
export function preparePublished(
  { bus, permits }: PrepareOptions,
  given: GivenEvent & { readonly type?: string },
  { stated, call }: { readonly stated: Stated; readonly call: PublisherCall },
): PreparedEvent {
  const { attributes = noAttributes, content } = given;
  const { identity, header } = call;
  const type = oneType(stated.type, attributes.type ?? '', given.type ?? '');
  const event = permits.demand(type, 'publish', identity);
  const id = stated.id || attributes.id;
  const details = {
    ...(id !== undefined && {
      id,
      // Ids of callers outside must not stand for events that others have published: each has a space of its own.
      messageId: `edge ${ownerToken(identity)} ${type} ${id}`,
    }),
    time: stated.time === undefined ? attributes.time : timestampDate(stated.time),
    source: attributes.source,
    attributes: { ...attributes.others, ...authAttributes(identity) },
    traceparent: header.get('traceparent') ?? undefined,
    tracestate: header.get('tracestate') ?? undefined,
  };
  return fieldsBelow(given.path, () => bus.prepareEvent(event.schema, messageOf(event, content), details));
}

/** Who published, as far as the edge has verified it (CloudEvents, "Auth Context"). */
function authAttributes(identity: Identity | undefined): Record<string, string> {
  if (identity === undefined) return { authtype: 'unauthenticated' };
  return { authtype: identity.issuer === 'api-key' ? 'api_key' : 'unknown', authid: identity.subject };
}

function oneType(...said: readonly string[]): string {
  const types = [...new Set(said.filter((type) => type !== ''))];
  const [type, other] = types;
  if (type === undefined)
    throw invalid('the type of the event is missing: give the full name of its message');
  if (other !== undefined)
    throw invalid(`the event is called ${JSON.stringify(type)} and ${JSON.stringify(other)} at once`);
  return type;
}

function invalid(message: string): ConnectError {
  return new ConnectError(message, Code.InvalidArgument);
}
