import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { DeadLetterRecord } from '@busline/schemas/busline/deadletters/v1/deadletters';
import { repetition } from '../envelope/repetition.ts';
import type { PreparedEvent } from '../publish/prepare-event.ts';

/**
 * The event of a dead letter, addressed to the one consumer that failed.
 *
 * @param place Of the dead letter in its stream: the same repetition asked for twice is stored once.
 */
export function retryEvent(record: DeadLetterRecord, place: number): PreparedEvent {
  const { letter, subject, head, body, editedBody } = record;
  const {
    stream = '',
    consumer = '',
    sequence = 0n,
    eventId = '',
    deadLetterId = '',
    eventTime,
  } = letter ?? {};
  return repetition(
    {
      stream,
      sequence: Number(sequence),
      storedAtMs: eventTime === undefined ? 0 : timestampMs(eventTime),
      subject,
      head,
      body: editedBody.length > 0 ? editedBody : body,
    },
    { consumer, messageId: `${eventId || deadLetterId}:retry-${place}` },
  );
}
