import { randomBytes } from 'node:crypto';
import type { ConnectError } from '@connectrpc/connect';
import type { Connection } from '../../connection/connection.ts';
import { createDeadlineQueue, type Deadline } from '../../connection/deadline-queue.ts';
import { headerBlock, trailingNumber } from '../../connection/raw-message.ts';
import { fault } from '../../errors/fault.ts';
import { type Diagnosis, diagnoseSubject } from './diagnose-subject.ts';
import { readPublishAck } from './publish-ack.ts';

/** An event ready to leave, and who hears what became of it. */
export interface OutgoingEvent {
  readonly subject: string;
  readonly head: Uint8Array;
  readonly body: Uint8Array;
  readonly timeoutMs: number;
  /** Called once, unless `forget` comes first. */
  onStored(stored: Stored): void;
  onFailed(error: ConnectError): void;
}

/** Where an event is stored. */
export interface Stored {
  readonly stream: string;
  readonly sequence: number;
  /** The broker had it already: an earlier attempt arrived, or somebody published the same id. */
  readonly duplicate: boolean;
}

/** Events that the broker has not acknowledged yet. */
export interface AckTable {
  readonly size: number;
  /**
   * Publishes an event, and again with the same id as long as the broker may not have stored it and its time is not
   * over: when no acknowledgement comes, when JetStream elects a leader, when the connection was lost. While there is
   * no connection, events wait for it.
   *
   * @throws ConnectError TOO_MANY_CALLS, MESSAGE_TOO_LARGE or DRAINING; the event was not sent then.
   */
  publish(event: OutgoingEvent): PublishNumber;
  /** Nobody waits for the outcome any more. */
  forget(number: PublishNumber): void;
  /** Resolves when nothing waits for an acknowledgement. */
  idle(): Promise<void>;
}

export type PublishNumber = number;

interface Pending {
  readonly number: PublishNumber;
  readonly event: OutgoingEvent;
  readonly expiresAtMs: number;
  attempts: number;
  /** Whether any attempt has left without being refused. */
  mayBeStored: boolean;
  deadline: Deadline | undefined;
}

/** Wait for the first acknowledgement, in milliseconds; each later attempt waits twice as long. A repetition is harmless. */
const firstAttemptMs = 2_000;
/** Wait after the broker has said that nobody listens; doubles up to a second. An election takes 4 to 9 s. */
const firstPauseMs = 50;
const longestPauseMs = 1_000;

export function createAckTable(connection: Connection): AckTable {
  const { options, ticker, log } = connection;
  const inbox = `${options.inboxPrefix}.ev-${randomBytes(8).toString('hex')}`;
  const pending = new Map<PublishNumber, Pending>();
  const attempts = createDeadlineQueue<Pending>();
  const diagnosing = new Set<string>();
  const idleWaiters = new Set<() => void>();
  let lastNumber = 0;
  let bytes = 0;
  let listening = false;

  const remove = (entry: Pending): boolean => {
    if (!pending.delete(entry.number)) return false;
    bytes -= sizeOf(entry.event);
    if (entry.deadline !== undefined) attempts.remove(entry.deadline);
    if (pending.size === 0) {
      for (const wake of idleWaiters) wake();
      idleWaiters.clear();
    }
    return true;
  };
  const fail = (entry: Pending, error: ConnectError): void => {
    if (remove(entry)) entry.event.onFailed(error);
  };
  const waitFor = (entry: Pending, ms: number): void => {
    const nowMs = performance.now();
    if (entry.deadline !== undefined) attempts.remove(entry.deadline);
    entry.deadline = attempts.add(entry, Math.max(1, Math.min(ms, entry.expiresAtMs - nowMs)), nowMs);
    ticker.wake();
  };
  const attempt = (entry: Pending): void => {
    if (connection.state === 'connected' || connection.state === 'draining') {
      const { subject, head, body } = entry.event;
      try {
        connection.publish(subject, body, head, `${inbox}.${entry.number}`);
        entry.mayBeStored = true;
      } catch (error) {
        fail(entry, error as ConnectError);
        return;
      }
    }
    waitFor(entry, firstAttemptMs * 2 ** Math.min(entry.attempts, 5));
    entry.attempts++;
  };

  const diagnose = async (subject: string): Promise<void> => {
    if (diagnosing.has(subject)) return;
    diagnosing.add(subject);
    try {
      const diagnosis = await diagnoseSubject(connection, subject);
      if (diagnosis === 'unclear') return;
      for (const entry of [...pending.values()]) {
        if (entry.event.subject === subject) fail(entry, hopeless(diagnosis, subject));
      }
    } finally {
      diagnosing.delete(subject);
    }
  };

  const onAck = (entry: Pending, head: Uint8Array | undefined, body: Uint8Array): void => {
    const ack = readPublishAck(head, body, entry.event.subject);
    switch (ack.kind) {
      case 'stored':
        if (remove(entry)) entry.event.onStored(ack);
        return;
      case 'refused':
        fail(entry, ack.error);
        return;
      case 'no-responders':
        void diagnose(entry.event.subject);
        waitFor(entry, pauseMs(entry.attempts));
        return;
      case 'later':
        log.debug({ subject: entry.event.subject, why: ack.description }, 'an event is published again');
        waitFor(entry, pauseMs(entry.attempts));
    }
  };

  const listen = (): void => {
    listening = true;
    connection.subscribe(`${inbox}.*`, (message) => {
      const entry = pending.get(trailingNumber(message));
      if (entry !== undefined) onAck(entry, headerBlock(message), message.data);
    });
    connection.onStateChange((state) => {
      if (state === 'connected') for (const entry of [...pending.values()]) attempt(entry);
      else if (state === 'closed') for (const entry of [...pending.values()]) fail(entry, timedOut(entry));
    });
    connection.onRefusal(({ operation, subject }) => {
      if (operation !== 'publish') return;
      for (const entry of [...pending.values()]) {
        if (entry.event.subject === subject) fail(entry, notPermitted(subject));
      }
    });
    ticker.add((nowMs) => {
      attempts.expire(nowMs, (entry) => {
        entry.deadline = undefined;
        if (nowMs >= entry.expiresAtMs) fail(entry, timedOut(entry));
        else attempt(entry);
      });
      return pending.size > 0;
    });
  };

  return {
    get size() {
      return pending.size;
    },
    publish(event) {
      if (pending.size >= options.maxCallsInFlight || bytes + sizeOf(event) > options.maxBytesInFlight) {
        throw tooMany(pending.size, bytes, options);
      }
      if (connection.state === 'closed') {
        throw fault('DRAINING', {
          message: 'this process has left the bus and publishes nothing',
          fate: 'never-started',
        });
      }
      if (sizeOf(event) > connection.maxPayloadBytes) throw tooLarge(event, connection.maxPayloadBytes);
      if (!listening) listen();
      const entry: Pending = {
        number: ++lastNumber,
        event,
        expiresAtMs: performance.now() + event.timeoutMs,
        attempts: 0,
        mayBeStored: false,
        deadline: undefined,
      };
      pending.set(entry.number, entry);
      bytes += sizeOf(event);
      attempt(entry);
      return entry.number;
    },
    forget(number) {
      const entry = pending.get(number);
      if (entry !== undefined) remove(entry);
    },
    idle() {
      if (pending.size === 0) return Promise.resolve();
      return new Promise((resolve) => idleWaiters.add(resolve));
    },
  };
}

function sizeOf({ head, body }: OutgoingEvent): number {
  return head.length + body.length;
}

/** With jitter: those who were refused together must not all come back together. */
function pauseMs(attempts: number): number {
  const ms = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(attempts - 1, 10));
  return ms * (0.5 + Math.random() / 2);
}

function timedOut({ event, mayBeStored }: Pending): ConnectError {
  return fault('DEADLINE', {
    message: mayBeStored
      ? `the broker did not acknowledge the event to ${event.subject} within ${event.timeoutMs} ms (it may have been stored; publish it again with the same id)`
      : `there was no connection to the broker for ${event.timeoutMs} ms (the event to ${event.subject} was not stored)`,
    fate: mayBeStored ? 'may-have-run' : 'never-started',
    facts: { subject: event.subject },
  });
}

function hopeless(diagnosis: Exclude<Diagnosis, 'unclear'>, subject: string): ConnectError {
  return diagnosis === 'no-stream'
    ? fault('NO_STREAM', {
        message: `no stream stores ${subject}; apply the contracts with "npm run events -- apply"`,
        fate: 'never-started',
        facts: { subject },
      })
    : fault('JETSTREAM_OFF', {
        message:
          'the broker runs without JetStream, or this account may not use it; start nats-server with -js',
        fate: 'never-started',
        facts: { subject },
      });
}

function notPermitted(subject: string): ConnectError {
  return fault('NOT_PERMITTED', {
    message: `the broker does not let this user publish to ${subject}`,
    fate: 'never-started',
    facts: { subject },
  });
}

function tooLarge(event: OutgoingEvent, maxBytes: number): ConnectError {
  return fault('MESSAGE_TOO_LARGE', {
    message: `an event of ${sizeOf(event)} bytes to ${event.subject} is over the broker's limit of ${maxBytes} bytes; put large data elsewhere and publish where it is`,
    fate: 'never-started',
    facts: { sizeBytes: String(sizeOf(event)), maxBytes: String(maxBytes) },
  });
}

function tooMany(size: number, bytes: number, options: Connection['options']): ConnectError {
  return fault('TOO_MANY_CALLS', {
    message: `${size} events with ${bytes} bytes wait for the broker; the limits are ${options.maxCallsInFlight} (maxCallsInFlight) and ${options.maxBytesInFlight} bytes (maxBytesInFlight)`,
    fate: 'never-started',
    facts: {
      maxCallsInFlight: String(options.maxCallsInFlight),
      maxBytesInFlight: String(options.maxBytesInFlight),
    },
  });
}
