// Above 300 lines: the states of a connection are moved by its status, its sends and its end, which read best together.
import { randomBytes } from 'node:crypto';
import {
  type Msg,
  type MsgHdrs,
  type NatsConnection,
  PermissionViolationError,
  type Subscription,
} from '@nats-io/nats-core';
import { fault } from '../errors/fault.ts';
import { createProcessStats, type ProcessStats } from '../metrics/process-stats.ts';
import { processTracing, type Tracing } from '../tracing/tracing.ts';
import { type SubjectSpace, subjectSpace } from '../wire/subject.ts';
import { type BlockPool, createBlockPool } from './block-pool.ts';
import { dialBroker } from './dial.ts';
import type { Logger } from './logger.ts';
import type { CompleteOptions } from './options.ts';
import { createOutbox, type OutgoingMessage } from './outbox.ts';
import { createSocketWriter, type OutgoingPayload } from './socket-writer.ts';
import { createTicker, type Ticker } from './ticker.ts';

/** `connected` and `disconnected` alternate until `draining`; `closed` is the end. */
export type ConnectionState = 'connected' | 'disconnected' | 'draining' | 'closed';

/** One process's connection to the broker: bytes out, guarded callbacks in, and what everything on it shares. */
export interface Connection {
  /** Random id of this process on the bus; names it in receipts, discovery and logs. */
  readonly instance: string;
  readonly options: CompleteOptions;
  readonly subjects: SubjectSpace;
  readonly ticker: Ticker;
  readonly log: Logger;
  readonly stats: ProcessStats;
  /** Undefined where no tracer was registered with OpenTelemetry's API before the connection was made. */
  readonly tracing: Tracing | undefined;
  /** The client underneath, for JetStream. */
  readonly nats: NatsConnection;
  readonly state: ConnectionState;
  /** Calls `listener` at each change of state. Returns the function that ends it. */
  onStateChange(listener: (state: ConnectionState) => void): () => void;
  /** Calls `listener` when the broker refuses this user a subject. Returns the function that ends it. */
  onRefusal(listener: (refusal: Refusal) => void): () => void;
  /** Largest message the broker takes, header included, in bytes. Read anew after each reconnect. */
  readonly maxPayloadBytes: number;
  /**
   * Sends one message.
   *
   * @throws ConnectError MESSAGE_TOO_LARGE (RESOURCE_EXHAUSTED) or DISCONNECTED (UNAVAILABLE); in either case
   * nothing was sent. The client itself would buffer while disconnected and then drop the buffer.
   */
  publish(subject: string, body: Uint8Array, head?: Uint8Array, reply?: string): void;
  /** Sends a message that is written as it leaves, into memory that is used again if it is large. Throws as `publish` does. */
  publishPayload(subject: string, payload: OutgoingPayload, reply?: string): void;
  /** Sends a message that may travel in a bundle. Throws as `publish` does. */
  send(message: OutgoingMessage): void;
  /** Memory for bytes on their way out. */
  readonly blocks: BlockPool;
  /** Whether the socket takes more without piling it up: below `maxSocketBytes` that wait in it. */
  readonly writable: boolean;
  /** Subscribes with a callback that may throw: it is logged, where the client would go deaf. */
  subscribe(subject: string, onMessage: (message: Msg) => void, queue?: string): Subscription;
  /** Hands to the socket what the end of this turn of the event loop would, and goes on. */
  sendNow(): void;
  /** Resolves when the broker has all that was sent and subscribed to so far. */
  flush(): Promise<void>;
  /** Sends what is buffered and closes. */
  close(): Promise<void>;
}

/** What the broker's permissions do not let this user do. */
export interface Refusal {
  readonly operation: 'publish' | 'subscription';
  readonly subject: string;
}

/** Header bytes in the shape the client takes them: it calls nothing but `encode`. */
class EncodedHeaders {
  block: Uint8Array = new Uint8Array(0);
  encode(): Uint8Array {
    return this.block;
  }
}

/**
 * Connects to the broker.
 *
 * @throws ConnectError DISCONNECTED when none of the servers answered within `connectTimeoutMs`.
 */
export async function openConnection(options: CompleteOptions): Promise<Connection> {
  const nats = await dialBroker(options);
  const log = options.logger;
  const listeners = new Set<(state: ConnectionState) => void>();
  const refusalListeners = new Set<(refusal: Refusal) => void>();
  const ticker = createTicker((error) => log.error({ err: error }, 'a timer of the bus failed'));
  // Publishing is synchronous, so one carrier serves every message.
  const carrier = new EncodedHeaders();
  const carriedHeaders = carrier as unknown as MsgHdrs;
  let state: ConnectionState = 'connected';
  let maxPayloadBytes = nats.info?.max_payload ?? defaultMaxPayloadBytes;

  const handOver = ({ subject, body, head, reply }: OutgoingMessage): void => {
    try {
      if (head === undefined) {
        nats.publish(subject, body, reply === undefined ? undefined : { reply });
      } else {
        carrier.block = head;
        nats.publish(
          subject,
          body,
          reply === undefined ? { headers: carriedHeaders } : { headers: carriedHeaders, reply },
        );
      }
    } catch (error) {
      // Closed, or reconnected to a broker with a lower limit, since `send` looked. A call hears of it at its
      // deadline at the latest.
      log.error({ err: error, subject }, 'a message could not be handed to the client');
    }
  };
  const blocks = createBlockPool();
  const writer = createSocketWriter(nats, blocks);
  const outbox = createOutbox({
    send(message) {
      if (writer.add(message)) return;
      // Nothing may overtake: what was added before leaves before.
      writer.flush();
      handOver(message);
    },
    flush: writer.flush,
    maxBytes: () => maxPayloadBytes,
    onError: (error) => log.error({ err: error }, 'a turn of messages could not be sent'),
  });
  const assertSendable = (subject: string, size: number): void => {
    if (state === 'closed') throw closedForGood();
    if (state === 'disconnected') throw disconnected(options);
    if (size > maxPayloadBytes) throw tooLarge(subject, size, maxPayloadBytes);
  };
  const send = (message: OutgoingMessage): void => {
    assertSendable(
      message.subject,
      message.body.length + (message.head === undefined ? 0 : message.head.length),
    );
    outbox.push(message);
  };
  const publishPayload = (subject: string, payload: OutgoingPayload, reply: string | undefined): void => {
    assertSendable(subject, payload.size);
    if (payload.size >= directBytes) {
      outbox.flush();
      try {
        if (writer.addPayload(subject, reply, payload)) return;
      } finally {
        writer.flush();
      }
    }
    const body = Buffer.allocUnsafe(payload.size);
    payload.writeTo(body, 0);
    outbox.push({ subject, body, head: undefined, reply });
  };

  const enter = (next: ConnectionState): void => {
    if (state === next || state === 'closed') return;
    state = next;
    for (const listener of listeners) {
      try {
        listener(next);
      } catch (error) {
        log.error({ err: error, state: next }, 'a listener to the state of the bus failed');
      }
    }
  };

  const tellRefusal = ({ operation, subject }: PermissionViolationError): void => {
    for (const listener of refusalListeners) listener({ operation, subject });
  };
  const followStatus = async (): Promise<void> => {
    for await (const status of nats.status()) {
      if (status.type === 'disconnect') {
        log.warn({ server: status.server }, 'lost the connection to the broker; reconnecting');
        if (state === 'connected') enter('disconnected');
      } else if (status.type === 'reconnect') {
        maxPayloadBytes = nats.info?.max_payload ?? maxPayloadBytes;
        log.info({ server: status.server }, 'connected to the broker again');
        if (state === 'disconnected') enter('connected');
      } else if (status.type === 'error') {
        log.error({ err: status.error }, 'the broker reported an error');
        const refused = status.error instanceof PermissionViolationError ? status.error : undefined;
        if (refused?.operation === 'publish') tellRefusal(refused);
      } else if (status.type === 'ldm') {
        log.warn({ server: status.server }, 'the broker is about to shut down');
      }
    }
  };
  const followClose = async (): Promise<void> => {
    const error = await nats.closed();
    ticker.stop();
    if (error) log.error({ err: error }, 'the connection to the broker closed for good');
    enter('closed');
  };
  void followStatus();
  void followClose();

  return {
    instance: randomBytes(8).toString('hex'),
    options,
    subjects: subjectSpace(options.subjectPrefix),
    ticker,
    log,
    stats: createProcessStats(),
    tracing: processTracing(),
    nats,
    get state() {
      return state;
    },
    onStateChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onRefusal(listener) {
      refusalListeners.add(listener);
      return () => refusalListeners.delete(listener);
    },
    get maxPayloadBytes() {
      return maxPayloadBytes;
    },
    get writable() {
      return socketBacklog(nats) < maxSocketBytes;
    },
    publish: (subject, body, head, reply) => send({ subject, body, head, reply }),
    publishPayload,
    send,
    blocks,
    subscribe(subject, onMessage, queue) {
      const callback = (error: Error | null, message: Msg): void => {
        if (error !== null) {
          log.error({ err: error, subject }, 'the broker ended a subscription');
          // Told here, before the next flush resolves, rather than by the status, which comes later.
          if (error instanceof PermissionViolationError) tellRefusal(error);
          return;
        }
        try {
          onMessage(message);
        } catch (thrown) {
          log.error({ err: thrown, subject }, 'a message handler of the bus failed');
        }
      };
      return nats.subscribe(subject, queue === undefined ? { callback } : { callback, queue });
    },
    sendNow: () => outbox.flush(),
    flush() {
      outbox.flush();
      return nats.flush();
    },
    async close() {
      enter('draining');
      outbox.flush();
      try {
        if (!nats.isClosed()) await nats.drain();
      } catch (error) {
        // The broker is away: there is nobody to drain to, and nothing that could still arrive.
        log.debug({ err: error }, 'the connection was closed without a drain');
        await nats.close();
      }
      ticker.stop();
      enter('closed');
    },
  };
}

/**
 * Bytes that may wait in the socket before streams hold back. The client itself never does: a frozen broker would
 * otherwise be met with hundreds of megabytes.
 */
const maxSocketBytes = 4 * 1024 * 1024;

/** Bytes waiting in the client's socket. A private field of the client, so its absence counts as nothing waiting. */
function socketBacklog(nats: NatsConnection): number {
  const { protocol } = nats as unknown as {
    protocol?: { transport?: { socket?: { writableLength?: number } } };
  };
  return protocol?.transport?.socket?.writableLength ?? 0;
}

/** From this size on a payload goes to the socket itself; smaller ones gain more by leaving with others. */
const directBytes = 16 * 1024;

/** What servers send unless configured otherwise. */
const defaultMaxPayloadBytes = 1024 * 1024;

function disconnected(options: CompleteOptions) {
  return fault('DISCONNECTED', {
    message: `not connected to the broker at ${options.servers.join(', ')}; reconnecting`,
    fate: 'never-started',
  });
}

function closedForGood() {
  return fault('DRAINING', {
    message: 'this process has left the bus and makes no more calls',
    fate: 'never-started',
  });
}

function tooLarge(subject: string, bytes: number, maxBytes: number) {
  return fault('MESSAGE_TOO_LARGE', {
    message: `a message of ${bytes} bytes to ${subject} is over the broker's limit of ${maxBytes} bytes`,
    fate: 'never-started',
    facts: { sizeBytes: String(bytes), maxBytes: String(maxBytes) },
  });
}
