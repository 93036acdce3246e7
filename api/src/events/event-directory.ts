import { type DescMessage, getOption, type Registry } from '@bufbuild/protobuf';
import { type EventAccess, type EventTypes, eventAccess, eventContract } from '@busline/bus';
import { event } from '@busline/schemas/busline/events/v1/options';
import type { Logger } from 'pino';
import { createJsonCodec, type JsonCodec } from '../transcode/json-codec.ts';

/** An event as an edge knows it, worked out once per contract. */
export interface EdgeEvent {
  readonly schema: DescMessage;
  /** The types of its contract. */
  readonly registry: Registry;
  readonly access: EventAccess;
  /** The stream that stores it. */
  readonly stream: string;
  /** Empty for an event without a key. */
  readonly keyField: string;
  readonly json: JsonCodec;
}

/** The events of the moment, by full name. */
export interface EventDirectory {
  readonly types: ReadonlyMap<string, EdgeEvent>;
  /** Puts what the registry has in place. */
  update(types: EventTypes): void;
}

export function createEventDirectory(log: Logger): EventDirectory {
  let types: ReadonlyMap<string, EdgeEvent> = new Map();
  return {
    get types() {
      return types;
    },
    update(known) {
      const next = new Map<string, EdgeEvent>();
      for (const [name, { schema, registry }] of known) {
        const earlier = types.get(name);
        if (earlier?.schema === schema) {
          next.set(name, earlier);
          continue;
        }
        try {
          const access = eventAccess(schema);
          for (const fault of access.faults)
            log.warn({ type: name, fault }, 'who may use an event cannot be taken as it stands');
          const { key } = getOption(schema, event);
          const { stream } = eventContract(schema);
          next.set(name, {
            schema,
            registry,
            access,
            stream: stream.name,
            keyField: key,
            json: createJsonCodec(registry, {}),
          });
        } catch (error) {
          log.warn({ err: error, type: name }, 'the contract of an event cannot be used; it is left out');
        }
      }
      types = next;
    },
  };
}
