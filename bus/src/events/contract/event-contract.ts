import { type DescMessage, getOption, hasOption } from '@bufbuild/protobuf';
import { event } from '@busline/schemas/busline/events/v1/options';
import { subjectBase } from './event-subject.ts';
import { type KeyReader, keyReader } from './key-field.ts';
import { type StreamSettings, streamSettings } from './stream-settings.ts';

/** An event as its contract describes it. */
export interface EventContract {
  readonly schema: DescMessage;
  /** Full name of the message, and the `ce-type` of its events. */
  readonly type: string;
  /** What stands before partition and key in its subjects: `evt.orders.v1.OrderPlaced`. */
  readonly base: string;
  /** Undefined for an event without a key. */
  readonly readKey: KeyReader | undefined;
  readonly stream: StreamSettings;
}

const known = new WeakMap<DescMessage, EventContract>();

/** Whether the contract marks the message as an event. */
export function isEvent(schema: DescMessage): boolean {
  return hasOption(schema, event);
}

/**
 * Reads the contract of an event.
 *
 * @throws TypeError when the message is none (it lacks the option `busline.events.v1.event`), or its options
 * cannot be used; the error names message and option.
 */
export function eventContract(schema: DescMessage): EventContract {
  const earlier = known.get(schema);
  if (earlier !== undefined) return earlier;
  if (!isEvent(schema)) {
    throw new TypeError(
      `${schema.typeName} is not an event: give the message "option (busline.events.v1.event) = {};" in ${schema.file.proto.name}`,
    );
  }
  const { subject, key } = getOption(schema, event);
  const name = subject || schema.typeName;
  if (!/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/.test(name)) {
    throw new TypeError(
      `event ${schema.typeName}: subject "${name}" must be dot-separated tokens of letters, digits, - and _`,
    );
  }
  const contract: EventContract = {
    schema,
    type: schema.typeName,
    base: subjectBase(name),
    readKey: key === '' ? undefined : keyReader(schema, key),
    stream: streamSettings(schema),
  };
  known.set(schema, contract);
  return contract;
}
