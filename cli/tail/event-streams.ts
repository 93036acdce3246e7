import type { DescMessage } from '@bufbuild/protobuf';
import { type EventTypes, eventContract } from '@busline/bus';

/** The streams that events are stored in, with the contracts of their events. */
export function eventStreams(types: EventTypes): ReadonlyMap<string, readonly DescMessage[]> {
  const streams = new Map<string, DescMessage[]>();
  for (const { schema } of types.values()) {
    const { name } = eventContract(schema).stream;
    streams.set(name, [...(streams.get(name) ?? []), schema]);
  }
  return streams;
}
