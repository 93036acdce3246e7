import { setTimeout as delay } from 'node:timers/promises';
import type { Msg } from '@nats-io/nats-core';
import type { Connection } from '../../connection/connection.ts';
import { headerBlock } from '../../connection/raw-message.ts';
import { throughElections } from '../../jetstream/through-elections.ts';
import { createAcknowledger } from '../consume/acknowledge.ts';
import { createDeliveryReader } from '../consume/delivery.ts';
import { createPullLoop, type PullLoop } from '../consume/pull-loop.ts';
import type { Publisher } from '../publish/publisher.ts';
import { dueEvent } from './due-event.ts';
import { ensureScheduleStream, relayDurable, scheduleStream } from './schedule-stream.ts';

/** Takes events whose time has come into their own streams. Any number of processes do, and share them. */
export interface ScheduleRelay {
  /** Begins, unless it has begun. */
  start(): Promise<void>;
  /** Takes nothing more, and waits for what is on its way. */
  stop(): Promise<void>;
}

/** Events on their way at once: many may be due at the same second. */
const capacity = 256;
/** How long one is tried, in milliseconds; then it comes again. */
const timeoutMs = 15_000;
/** Wait before it comes again, in milliseconds: a full stream, or none, does not change at once. */
const retryMs = 5_000;
const noHead = new Uint8Array(0);

export function createScheduleRelay(
  connection: Connection,
  publisher: Pick<Publisher, 'send'>,
): ScheduleRelay {
  const acknowledger = createAcknowledger(connection);
  const readDelivery = createDeliveryReader();
  let held = 0;
  let loop: PullLoop | undefined;
  let starting: Promise<void> | undefined;

  const relay = async (message: Msg, ackSubject: string): Promise<void> => {
    const delivery = readDelivery(ackSubject);
    if (delivery === undefined) return;
    held++;
    const { sequence, storedAtMs } = delivery;
    try {
      const event = dueEvent({
        subject: message.subject,
        head: headerBlock(message) ?? noHead,
        body: message.data,
        sequence,
        firedAtMs: storedAtMs,
      });
      await publisher.send(event, { timeoutMs });
      acknowledger.ack(ackSubject);
    } catch (error) {
      connection.log.warn(
        { err: error, event: message.subject },
        'an event whose time has come could not be published yet; it is tried again',
      );
      acknowledger.nak(ackSubject, retryMs);
    } finally {
      held--;
      loop?.poke();
    }
  };
  const start = async (): Promise<void> => {
    await throughElections(connection, () => ensureScheduleStream(connection));
    loop = createPullLoop({
      connection,
      stream: scheduleStream,
      durable: relayDurable,
      capacity,
      held: () => held,
      onEvent: (message, ackSubject) => void relay(message, ackSubject),
      prepare: () => ensureScheduleStream(connection),
    });
  };
  return {
    start() {
      starting ??= start().catch((error: unknown) => {
        starting = undefined;
        throw error;
      });
      return starting;
    },
    async stop() {
      await starting?.catch(() => {});
      await loop?.stop();
      // Each ends within its own deadline.
      const giveUpAtMs = performance.now() + timeoutMs;
      while (held > 0 && performance.now() < giveUpAtMs) await delay(5);
    },
  };
}
