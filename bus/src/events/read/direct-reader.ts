import { randomBytes } from 'node:crypto';
import { Code, ConnectError } from '@connectrpc/connect';
import type { Msg } from '@nats-io/nats-core';
import type { Connection } from '../../connection/connection.ts';
import { headerBlock, trailingNumber } from '../../connection/raw-message.ts';
import { headerStatus, readHeaderBlock } from '../../wire/header-block.ts';

/** A message as its stream holds it. */
export interface StoredMessage {
  readonly sequence: number;
  readonly subject: string;
  readonly storedAt: Date;
  /** Its own header, with the fields that the broker adds. */
  readonly head: Uint8Array;
  readonly body: Uint8Array;
}

/** Where to read. */
export interface DirectQuery {
  /** The first place that is looked at, or a time. */
  readonly from: { readonly sequence: number } | { readonly time: Date };
  /** Which subjects; undefined for all. */
  readonly filter: string | undefined;
  /** At most this many messages. Default 256. */
  readonly batch?: number;
}

/** What one request brought. */
export interface DirectBatch {
  readonly messages: readonly StoredMessage[];
  /** How many more of the filter there are behind them. */
  readonly pending: number;
}

/**
 * Reads a stream by Direct Get in batches (ADR-31 of NATS): without a consumer, without acknowledgements, from any
 * replica. One request at a time.
 */
export interface DirectReader {
  /**
   * @throws ConnectError UNAVAILABLE when nobody answers, a part of the answer was lost, or the broker goes away;
   * whatever `signal` was aborted with.
   */
  read(query: DirectQuery, signal: AbortSignal): Promise<DirectBatch>;
  close(): void;
}

/**
 * Events that one request asks for. On a busy machine of two cores 64 read 10,000 small events/s, 256 read 17,000 and
 * 1,024 read 25,000, the first of them later and with four times as many held.
 */
const defaultBatch = 256;
/** Bytes after which the broker ends a batch: all that a slow reader makes this process hold, and one message. */
const maxBytes = 1024 * 1024;
/** Silence after which a request is given up, in milliseconds: a broker answers within a few. */
const silenceMs = 5_000;

interface Request {
  readonly number: number;
  readonly messages: StoredMessage[];
  settle(error: ConnectError | undefined, pending: number): void;
  heard(): void;
}

export function createDirectReader(connection: Connection, stream: string): DirectReader {
  const inbox = `${connection.options.inboxPrefix}.evr-${randomBytes(8).toString('hex')}`;
  const subject = `$JS.API.DIRECT.GET.${stream}`;
  let count = 0;
  let current: Request | undefined;

  const unavailable = (why: string): ConnectError =>
    new ConnectError(`stream ${stream} cannot be read now: ${why}`, Code.Unavailable);

  const subscription = connection.subscribe(`${inbox}.*`, (message: Msg) => {
    const request = current;
    // The rest of a request that was given up.
    if (request === undefined || trailingNumber(message) !== request.number) return;
    request.heard();
    const head = headerBlock(message);
    const status = head === undefined ? 0 : headerStatus(head);
    if (head === undefined) request.settle(unavailable('the answer has no header'), 0);
    else if (status === 404) request.settle(undefined, 0);
    else if (status === 204) endBatch(request, head);
    else if (status === 0) addMessage(request, head, message.data);
    else request.settle(unavailable(status === 503 ? 'nobody answers' : `status ${status}`), 0);
  });

  const addMessage = (request: Request, head: Uint8Array, body: Uint8Array): void => {
    const { added, storedMessage } = readStored(head, body);
    const before = request.messages.at(-1)?.sequence ?? 0;
    if (storedMessage.sequence <= before || added.lastSequence !== before) {
      request.settle(unavailable('a part of the answer was lost'), 0);
      return;
    }
    request.messages.push(storedMessage);
  };
  const endBatch = (request: Request, head: Uint8Array): void => {
    const { lastSequence, pending } = readAdded(head);
    const complete = lastSequence === (request.messages.at(-1)?.sequence ?? 0);
    request.settle(complete ? undefined : unavailable('the end of the answer was lost'), pending);
  };

  const stopState = connection.onStateChange((state) => {
    if (state === 'disconnected') current?.settle(unavailable('the broker went away'), 0);
  });

  return {
    read: (query, signal) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted();
        const number = ++count;
        const timer = setTimeout(
          () => request.settle(unavailable(`nothing came for ${silenceMs / 1000} s`), 0),
          silenceMs,
        );
        const release = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', onAbort);
          if (current === request) current = undefined;
        };
        const onAbort = (): void => {
          release();
          reject(signal.reason);
        };
        const request: Request = {
          number,
          messages: [],
          heard: () => timer.refresh(),
          settle(error, pending) {
            release();
            if (error === undefined) resolve({ messages: request.messages, pending });
            else reject(error);
          },
        };
        current = request;
        signal.addEventListener('abort', onAbort, { once: true });
        try {
          connection.publish(subject, encodeQuery(query), undefined, `${inbox}.${number}`);
        } catch (error) {
          release();
          reject(error);
        }
      }),
    close() {
      stopState();
      subscription.unsubscribe();
    },
  };
}

function encodeQuery({ from, filter, batch = defaultBatch }: DirectQuery): Uint8Array {
  const start = 'time' in from ? { start_time: from.time.toISOString() } : { seq: from.sequence };
  return Buffer.from(JSON.stringify({ ...start, batch, max_bytes: maxBytes, next_by_subj: filter }));
}

/** What the broker adds to a header. */
interface Added {
  readonly sequence: number;
  readonly lastSequence: number;
  readonly pending: number;
  readonly subject: string;
  readonly time: string;
}

function readAdded(head: Uint8Array): Added {
  const fields: Record<string, string> = {};
  // The broker's own fields come last: a publisher cannot forge them.
  readHeaderBlock(head, (name, value) => {
    if (name.startsWith('Nats-')) fields[name] = value;
  });
  return {
    sequence: Number(fields['Nats-Sequence'] ?? 0),
    lastSequence: Number(fields['Nats-Last-Sequence'] ?? 0),
    pending: Number(fields['Nats-Num-Pending'] ?? 0),
    subject: fields['Nats-Subject'] ?? '',
    time: fields['Nats-Time-Stamp'] ?? '',
  };
}

function readStored(head: Uint8Array, body: Uint8Array): { added: Added; storedMessage: StoredMessage } {
  const added = readAdded(head);
  const { sequence, subject, time } = added;
  return { added, storedMessage: { sequence, subject, storedAt: new Date(time), head, body } };
}
