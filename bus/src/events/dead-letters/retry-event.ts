import type { DeadLetterRecord } from '@busline/schemas/busline/deadletters/v1/deadletters';
import { encodeHeaderBlock, headerLine, headerPreamble, readHeaderBlock } from '../../wire/header-block.ts';
import { isRetry, readEventSubject, retryBase } from '../contract/event-subject.ts';
import { messageIdField } from '../envelope/event-head.ts';
import { percentEncode } from '../envelope/percent-encoding.ts';
import type { PreparedEvent } from '../publish/prepare-event.ts';

/** Header fields that speak of the first publication; a repetition has its own. */
const ofFirstPublication = /^nats-/i;

/**
 * The event of a dead letter, addressed to the one consumer that failed.
 *
 * @param place Of the dead letter in its stream: the same repetition asked for twice is stored once.
 */
export function retryEvent(record: DeadLetterRecord, place: number): PreparedEvent {
  const { letter, subject, head, body, editedBody } = record;
  const { stream = '', consumer = '', eventId = '', deadLetterId = '' } = letter ?? {};
  const base = readEventSubject(subject)?.base;
  // One that was sent to its consumer alone already goes the same way.
  const address =
    base === undefined || isRetry(subject)
      ? subject
      : retryBase(stream, consumer, base) + subject.slice(base.length);
  const id = `${eventId || deadLetterId}:retry-${place}`;
  let lines = headerPreamble;
  if (head.length > 0) {
    readHeaderBlock(head, (name, value) => {
      if (!ofFirstPublication.test(name)) lines += headerLine(name, value);
    });
  }
  lines += headerLine(messageIdField, percentEncode(id));
  return {
    id,
    key: undefined,
    subject: address,
    head: encodeHeaderBlock(lines),
    body: editedBody.length > 0 ? editedBody : body,
  };
}
