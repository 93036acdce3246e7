import {
  create,
  type DescMessage,
  fromBinary,
  fromJson,
  type JsonObject,
  type Message,
  toBinary,
} from '@bufbuild/protobuf';
import {
  type DeadLetter,
  type DeadLetterRecord,
  DeadLetterRecordSchema,
} from '@busline/schemas/busline/deadletters/v1/deadletters';
import { ErrorInfoSchema } from '@busline/schemas/google/rpc/error_details';
import { Code, ConnectError } from '@connectrpc/connect';
import type { Connection } from '../../connection/connection.ts';
import { isApiError, manage, messageNotFound, streamNotFound } from '../../jetstream/manage.ts';
import { unredacted } from '../../redaction/redacted.ts';
import { typesOfFile } from '../../redaction/types-of-file.ts';
import { callScope } from '../../scope/call-scope.ts';
import { messageCheck } from '../../validation/message-check.ts';
import { encodeHeaderBlock, headerLine, headerPreamble } from '../../wire/header-block.ts';
import { createContractCache } from '../contract/contract-cache.ts';
import { eventContract, isEvent } from '../contract/event-contract.ts';
import { messageIdField } from '../envelope/event-head.ts';
import type { Published, Publisher } from '../publish/publisher.ts';
import type { DirectReader } from '../read/direct-reader.ts';
import { countDeadLetters, type DeadLetterCountFilter } from './count-dead-letters.ts';
import { deadLetterStream, deadLetterSubject, deadLetterSubjects } from './dead-letter-stream.ts';
import { retryEvent } from './retry-event.ts';
import { retryShape } from './retry-shape.ts';
import { shownLetter } from './shown-letter.ts';

/** Which dead letters to list. */
export interface DeadLetterFilter {
  readonly consumer?: string;
  readonly eventType?: string;
  /** At most this many. */
  readonly limit: number;
  /** `next` of the page before. */
  readonly after?: string;
}

/** A page of dead letters. */
export interface DeadLetterPage {
  readonly letters: readonly DeadLetter[];
  /** Undefined when there are no more. */
  readonly next: string | undefined;
}

/** Works with dead letters. Every method that takes an id throws ConnectError NOT_FOUND (reason DEAD_LETTER_UNKNOWN). */
export interface DeadLetters {
  list(filter: DeadLetterFilter): Promise<DeadLetterPage>;
  /** How many there are: of all, of a stream, of a consumer, or of one consumer of a stream. */
  count(filter?: DeadLetterCountFilter): Promise<number>;
  get(id: string): Promise<DeadLetter>;
  /** @throws ConnectError INVALID_ARGUMENT for what is no such event, breaks a rule or moves its key; FAILED_PRECONDITION (CONTRACT_UNKNOWN). */
  edit(id: string, event: JsonObject): Promise<DeadLetter>;
  /** Sends it to the consumer that failed, and to no other; then the dead letter goes. */
  retry(id: string): Promise<Published>;
  discard(id: string): Promise<void>;
}

interface Stored {
  readonly place: number;
  readonly record: DeadLetterRecord;
}

const what = 'the dead letters';

export function createDeadLetters(
  connection: Connection,
  publisher: Publisher,
  reader: DirectReader,
): DeadLetters {
  /** The first letter at `from` or behind it. */
  const next = async (from: number, subject: string): Promise<Stored | undefined> =>
    await readMessage({ seq: from, next_by_subj: subject });
  const find = async (id: string): Promise<Stored> => {
    const stored = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[0-9]+$/.test(id)
      ? await readMessage({ last_by_subj: deadLetterSubject(id) })
      : undefined;
    if (stored === undefined) throw unknown(id);
    return stored;
  };
  const readMessage = async (
    query: { seq: number; next_by_subj: string } | { last_by_subj: string },
  ): Promise<Stored | undefined> =>
    await manage(connection, what, async (manager) => {
      try {
        const message = await manager.direct.getMessage(deadLetterStream, query);
        if (message === null) return undefined;
        return { place: message.seq, record: fromBinary(DeadLetterRecordSchema, message.data) };
      } catch (error) {
        if (isApiError(error, streamNotFound, messageNotFound)) return undefined;
        throw error;
      }
    });
  const remove = async (place: number): Promise<void> => {
    await manage(connection, what, async (manager) => {
      try {
        await manager.streams.deleteMessage(deadLetterStream, place, false);
      } catch (error) {
        // Gone already: somebody else removed it.
        if (!isApiError(error, messageNotFound) && !/no message found/.test(String(error))) throw error;
      }
    });
  };
  const contracts = createContractCache(connection);

  return {
    async list({ consumer = '', eventType = '', limit, after }) {
      const letters: DeadLetter[] = [];
      let from = after === undefined ? 1 : Number(after) + 1;
      let last = 0;
      for (;;) {
        const stored = await next(from, deadLetterSubjects({ consumer }));
        if (stored === undefined) return { letters, next: undefined };
        from = stored.place + 1;
        const type = stored.record.letter?.eventType ?? '';
        if (eventType !== '' && type !== eventType) continue;
        // There is one more than asked for, so there is a next page.
        if (letters.length === limit) return { letters, next: String(last) };
        letters.push(shownLetter(stored.record, await contracts(type)));
        last = stored.place;
      }
    },
    count: (filter) => countDeadLetters(connection, reader, filter),
    async get(id) {
      const { record } = await find(id);
      return shownLetter(record, await contracts(record.letter?.eventType ?? ''));
    },
    async edit(id, event) {
      const { record, place } = await find(id);
      const type = record.letter?.eventType ?? '';
      const schema = await contracts(type);
      if (schema === undefined) throw contractUnknown(id, type);
      const message = checkedEvent(schema, event, record);
      const edited: DeadLetterRecord = { ...record, editedBody: toBinary(schema, message) };
      const messageId = `${id}:edit-${place}-${Date.now()}`;
      await publisher.send(
        {
          id: messageId,
          key: undefined,
          subject: deadLetterSubject(id),
          head: encodeHeaderBlock(
            headerPreamble +
              headerLine(messageIdField, messageId) +
              // Of two who edit at the same time, one is told so.
              headerLine('Nats-Expected-Last-Subject-Sequence', place),
          ),
          body: toBinary(DeadLetterRecordSchema, edited),
        },
        {},
      );
      return shownLetter(edited, schema);
    },
    async retry(id) {
      const { record, place } = await find(id);
      const event = retryEvent(record, place);
      const shape = retryShape(event, record);
      const span = connection.tracing?.sent(shape, callScope.getStore(), performance.now());
      try {
        const published = await publisher.send(event, {});
        await remove(place);
        span?.end();
        return published;
      } catch (error) {
        span?.endFailed(error);
        throw error;
      }
    },
    async discard(id) {
      await remove((await find(id)).place);
    },
  };
}

function checkedEvent(schema: DescMessage, event: JsonObject, record: DeadLetterRecord): Message {
  let message: Message;
  try {
    const edited = fromJson(schema, event, { registry: typesOfFile(schema.file) });
    message = unredacted(schema, edited, shownBefore(schema, record));
  } catch (error) {
    throw new ConnectError(
      `this is no ${schema.typeName}: ${(error as Error).message}`,
      Code.InvalidArgument,
    );
  }
  const broken = messageCheck(schema)?.(message);
  if (broken !== undefined) throw broken;
  const key = isEvent(schema) ? (eventContract(schema).readKey?.(message) ?? '') : '';
  const before = record.letter?.key ?? '';
  if (key !== before) {
    throw new ConnectError(
      `the key must stay "${before}", not become "${key}": it says where the event belongs; discard it and publish another instead`,
      Code.InvalidArgument,
    );
  }
  return message;
}

/** What the edited event was made of; nothing of it, where it cannot be read. */
function shownBefore(schema: DescMessage, { body, editedBody }: DeadLetterRecord): Message {
  try {
    return fromBinary(schema, editedBody.length > 0 ? editedBody : body);
  } catch {
    return create(schema);
  }
}

function unknown(id: string): ConnectError {
  return refusal(Code.NotFound, 'DEAD_LETTER_UNKNOWN', `there is no dead letter "${id}"`, id);
}

function contractUnknown(id: string, type: string): ConnectError {
  return refusal(
    Code.FailedPrecondition,
    'CONTRACT_UNKNOWN',
    `the contract of ${type || 'the event'} is not in the registry, so the event cannot be checked; start a worker that handles it`,
    id,
  );
}

function refusal(code: Code, reason: string, message: string, deadLetterId: string): ConnectError {
  return new ConnectError(message, code, undefined, [
    { desc: ErrorInfoSchema, value: { reason, domain: 'busline.deadletters', metadata: { deadLetterId } } },
  ]);
}
