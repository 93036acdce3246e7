import type { Connection } from '../../connection/connection.ts';
import { encodeHeaderBlock, headerLine, headerPreamble } from '../../wire/header-block.ts';
import { messageIdField } from '../envelope/event-head.ts';
import type { Publisher } from '../publish/publisher.ts';
import { deadLetterId, deadLetterRecord, encodeRecord } from './dead-letter-record.ts';
import type { DeadLetterSink } from './dead-letter-sink.ts';
import { deadLetterSubject } from './dead-letter-stream.ts';

/** How long storing a dead letter is tried, in milliseconds. The event itself comes again if it fails. */
const timeoutMs = 15_000;

/** Keeps dead letters in their stream. */
export function createDeadLetterSink(
  connection: Connection,
  publisher: Publisher,
  worker: string,
): DeadLetterSink {
  return {
    async store(failed) {
      const { stream, sequence } = failed.delivery;
      const id = deadLetterId(stream, failed.consumer, sequence);
      const record = deadLetterRecord(failed, { worker, instance: connection.instance, atMs: Date.now() });
      await publisher.send(
        {
          id,
          key: undefined,
          subject: deadLetterSubject(id),
          head: encodeHeaderBlock(headerPreamble + headerLine(messageIdField, id)),
          body: encodeRecord(record),
        },
        { timeoutMs },
      );
    },
  };
}
