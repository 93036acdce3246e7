import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from '../../connection/connection.ts';
import { positive } from '../../connection/options.ts';
import { fault } from '../../errors/fault.ts';
import { manage } from '../../jetstream/manage.ts';
import { throughElections } from '../../jetstream/through-elections.ts';
import { durableMark } from '../consume/consumer-group.ts';
import { filtersFor } from '../consume/filter.ts';
import { allOf, readEventSubject, retriesOfConsumer } from '../contract/event-subject.ts';
import { readEventHead } from '../envelope/event-head.ts';
import { type OriginalEvent, repetition } from '../envelope/repetition.ts';
import type { Publisher } from '../publish/publisher.ts';
import { createReplayLine } from './replay-line.ts';
import type { ReplayPlan } from './replay-plan.ts';
import { storedRange } from './stored-range.ts';

/** How a replay is made. */
export interface ReplayOptions {
  /**
   * Names the replay. Default: a random one. One that was broken off goes on with the same name and a plan from
   * `resumeFrom`: what is sent twice within the stream's window (2 minutes) is then stored once.
   */
  readonly id?: string | undefined;
  /**
   * Give the events new ids, `<id>:replay-<name of the replay>`, so that inboxes and `updateOnce` take them for others and
   * their effects happen again. Default false: what an inbox remembers has no second effect.
   */
  readonly newIds?: boolean | undefined;
  /**
   * Events that were sent and are not handled, at most. Default 256: the stream needs room for so many copies, and after a
   * cancellation so many are still handled.
   */
  readonly window?: number | undefined;
  /**
   * How long nothing at all may be handled before the replay gives up, in milliseconds. Default 180,000: longer than the
   * longest wait between two attempts and a handler's deadline together.
   */
  readonly stallTimeoutMs?: number | undefined;
  /** Sends nothing more. What was sent is still handled. */
  readonly signal?: AbortSignal | undefined;
  /** Hears how far it is, after each step. */
  readonly onProgress?: ((progress: ReplayProgress) => void) | undefined;
}

/** How far a replay is. */
export interface ReplayProgress {
  readonly id: string;
  /** Events sent to the consumer. */
  readonly sent: number;
  /** As the plan counted them. */
  readonly total: number;
  /** Every event before this place was sent: a replay that is broken off can go on from here. */
  readonly resumeFrom: number;
}

/** Time between looks at the consumer, in milliseconds: doubles from the first to the longest while nothing happens. */
const firstLookMs = 5;
const longestLookMs = 250;

/**
 * Delivers a part of a stream again to one consumer. Copies go to the subject that only this consumer reads, at most a
 * window of them at a time, and are removed once they are handled; its place in the stream stays where it is. A consumer
 * that keeps the order of keys gets the next event of a key when the one before is handled.
 *
 * Resolves when every event is handled, or a dead letter.
 *
 * @throws ConnectError: CANCELLED with `resumeFrom` in its facts; STALLED when nobody handles anything; those of
 * `publish`, STREAM_FULL among them.
 */
export async function replay(
  connection: Connection,
  publisher: Pick<Publisher, 'send'>,
  plan: ReplayPlan,
  options: ReplayOptions = {},
): Promise<ReplayProgress> {
  const { id = randomUUID(), newIds = false, signal, onProgress = () => {} } = options;
  const window = positive('replay: window', options.window ?? 256, 65_536);
  const stallTimeoutMs = positive('replay: stallTimeoutMs', options.stallTimeoutMs ?? 180_000, 2 ** 31 - 1);
  const { stream, consumer } = plan;
  const events = createReplayLine(eventsOf(connection, plan), { ordered: plan.ordered, most: window });
  const retries = createRetriesView(connection, stream, consumer);
  let sent = 0;
  let sentTo = 0;
  const progress = (): ReplayProgress => ({
    id,
    sent,
    total: plan.count,
    resumeFrom: events.resumeFrom ?? plan.to + 1,
  });

  const send = async (event: OriginalEvent): Promise<void> => {
    const name = `${event.stream}:${event.sequence}`;
    const stored = await publisher.send(
      repetition(event, {
        consumer,
        messageId: `${name}:${consumer}:replay-${id}`,
        id: newIds ? `${ownId(event) ?? name}:replay-${id}` : undefined,
        attributes: { replay: id },
      }),
      { signal },
    );
    sent++;
    sentTo = Math.max(sentTo, stored.sequence);
  };
  /** Waits until no more than `most` of what was sent are open, all in order of the stream. */
  const handled = async (most: number): Promise<void> => {
    let lookMs = firstLookMs;
    let sign = '';
    let heardAtMs = performance.now();
    for (;;) {
      const { open, handledTo, deliveries } = await retries.look();
      // What was just stored may not be counted as open yet, so that none being open says nothing.
      if (handledTo >= sentTo || (most > 0 && open <= most)) return;
      const nowMs = performance.now();
      const signNow = `${open} ${handledTo} ${deliveries}`;
      if (signNow !== sign) {
        sign = signNow;
        heardAtMs = nowMs;
        lookMs = firstLookMs;
      } else if (nowMs - heardAtMs > stallTimeoutMs) {
        throw stalled(plan, stallTimeoutMs, progress());
      }
      await delay(lookMs, undefined, { signal }).catch(() => {});
      if (signal?.aborted) throw cancelled(progress(), signal.reason);
      lookMs = Math.min(longestLookMs, lookMs * 2);
    }
  };

  for (;;) {
    if (signal?.aborted) throw cancelled(progress(), signal.reason);
    const batch = await events.take();
    if (batch.length === 0) break;
    await Promise.all(batch.map(send));
    onProgress(progress());
    // In order, the next event of a key waits for the one before; otherwise there is room again at half of the window.
    await handled(plan.ordered ? 0 : Math.floor(window / 2));
    await retries.forgetHandled();
  }
  if (sent > 0) await handled(0);
  await retries.forgetHandled();
  return progress();
}

async function* eventsOf(connection: Connection, plan: ReplayPlan): AsyncGenerator<OriginalEvent> {
  const bases = new Set(plan.bases);
  const [common, ...others] = filtersFor(plan.bases.map(allOf));
  if (plan.count === 0 || common === undefined) return;
  const { stream, from, to } = plan;
  const subject = others.length === 0 ? common : 'evt.>';
  for await (const event of storedRange(connection, { stream, from, to, subject })) {
    const base = readEventSubject(event.subject)?.base;
    if (base !== undefined && bases.has(base)) yield event;
  }
}

/** What the broker knows of the repetitions for a consumer. */
interface RetriesView {
  look(): Promise<{ readonly open: number; readonly handledTo: number; readonly deliveries: number }>;
  /** Removes what is handled, as of the last look: it would take room until it is too old. */
  forgetHandled(): Promise<void>;
}

function createRetriesView(connection: Connection, stream: string, consumer: string): RetriesView {
  const durable = `${consumer}${durableMark}retry`;
  let handledTo = 0;
  let forgottenTo = 0;
  return {
    look: () =>
      throughElections(connection, () =>
        manage(connection, `consumer ${durable} of stream ${stream}`, async (manager) => {
          const info = await manager.consumers.info(stream, durable);
          handledTo = info.ack_floor.stream_seq;
          const { num_pending: pending, num_ack_pending: given, delivered } = info;
          return { open: pending + given, handledTo, deliveries: delivered.consumer_seq };
        }),
      ),
    async forgetHandled() {
      if (handledTo <= forgottenTo) return;
      forgottenTo = handledTo;
      await manage(connection, `stream ${stream}`, (manager) =>
        manager.streams.purge(stream, { filter: retriesOfConsumer(stream, consumer), seq: handledTo + 1 }),
      ).catch((error: unknown) =>
        connection.log.warn({ err: error, stream }, 'copies that a replay made stay in the stream'),
      );
    },
  };
}

function ownId({ head }: OriginalEvent): string | undefined {
  try {
    return readEventHead(head).id;
  } catch {
    return undefined;
  }
}

function stalled({ stream, consumer, pausedUntil }: ReplayPlan, timeoutMs: number, progress: ReplayProgress) {
  return fault('STALLED', {
    message: `consumer ${consumer} of stream ${stream} has handled nothing for ${timeoutMs} ms, with ${progress.sent} events of replay ${progress.id} sent; ${pausedUntil === undefined ? 'start a worker that has it' : 'resume it'}, and go on from ${progress.resumeFrom}`,
    fate: 'may-have-run',
    facts: { stream, consumer, replayId: progress.id, resumeFrom: String(progress.resumeFrom) },
  });
}

function cancelled({ id, sent, total, resumeFrom }: ReplayProgress, cause: unknown) {
  return fault('CANCELLED', {
    message: `replay ${id} was cancelled after ${sent} of ${total} events; it can go on from ${resumeFrom}`,
    fate: 'may-have-run',
    facts: { replayId: id, resumeFrom: String(resumeFrom) },
    cause,
  });
}
