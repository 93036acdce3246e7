import { readHead, withFields } from '../server/message-head.ts';
import type { RoutedMessage } from '../server/router.ts';
import { ApiError } from './api-error.ts';
import { type FiringTime, nextFiring, readFiringTime } from './firing-time.ts';
import type { StoredMessage } from './message-log.ts';

/** Messages of a stream that are published again when their time comes. */
export interface Schedules {
  /**
   * What a message says about when it is to be published.
   *
   * @throws ApiError for a pattern that cannot be read, or one without a target.
   */
  read(fields: ReadonlyMap<string, string>): FiringTime | undefined;
  add(message: StoredMessage, time: FiringTime): void;
  /** A message that is gone fires no more. */
  remove(sequence: number): void;
  close(): void;
}

interface Schedule {
  readonly message: StoredMessage;
  readonly time: FiringTime;
  readonly atMs: number;
}

/** Longer timers would fire at once. */
const longestTimerMs = 2 ** 31 - 1;

export interface SchedulesInit {
  publish(message: RoutedMessage): void;
  /** Takes a schedule that has fired for the last time out of its stream. */
  drop(sequence: number): void;
}

export function createSchedules({ publish, drop }: SchedulesInit): Schedules {
  const schedules = new Map<number, Schedule>();
  let timer: NodeJS.Timeout | undefined;

  const arm = (): void => {
    clearTimeout(timer);
    const atMs = Math.min(...[...schedules.values()].map((schedule) => schedule.atMs));
    if (atMs === Infinity) return;
    timer = setTimeout(fireDue, Math.min(longestTimerMs, Math.max(0, Math.ceil(atMs - Date.now()))));
    timer.unref();
  };
  const fireDue = (): void => {
    const nowMs = Date.now();
    for (const [sequence, schedule] of schedules) {
      if (schedule.atMs > nowMs) continue;
      const next = schedule.time.kind === 'once' ? undefined : nextFiring(schedule.time, nowMs);
      if (next === undefined) schedules.delete(sequence);
      else schedules.set(sequence, { ...schedule, atMs: next });
      fire(schedule.message, next);
    }
    arm();
  };
  const fire = ({ sequence, subject, head, body }: StoredMessage, next: number | undefined): void => {
    const fields = readHead(head);
    const ttl = fields.get('Nats-Schedule-TTL');
    publish({
      subject: fields.get('Nats-Schedule-Target') ?? '',
      reply: '',
      head: withFields(withoutSchedule(fields), {
        'Nats-Scheduler': subject,
        'Nats-Schedule-Next': next === undefined ? 'purge' : new Date(next).toISOString(),
        ...(ttl !== undefined && { 'Nats-TTL': ttl }),
      }),
      body,
    });
    if (next === undefined) drop(sequence);
  };

  return {
    read(fields) {
      const pattern = fields.get('Nats-Schedule');
      if (pattern === undefined) return undefined;
      const time = readFiringTime(pattern, fields.get('Nats-Schedule-Time-Zone'));
      if (time === undefined) throw new ApiError(400, 10190, 'message schedule pattern is invalid');
      if (!fields.has('Nats-Schedule-Target')) {
        throw new ApiError(400, 10191, 'message schedule target is invalid');
      }
      return time;
    },
    add(message, time) {
      const atMs = nextFiring(time, Date.now());
      if (atMs === undefined) return;
      schedules.set(message.sequence, { message, time, atMs });
      arm();
    },
    remove(sequence) {
      if (schedules.delete(sequence)) arm();
    },
    close() {
      clearTimeout(timer);
      schedules.clear();
    },
  };
}

/** What a fired message does not carry on: the words about its schedule, and what spoke of storing the schedule. */
function withoutSchedule(fields: ReadonlyMap<string, string>): Uint8Array {
  const kept = [...fields].filter(([name]) => !/^nats-(schedule|rollup|expected|msg-id|ttl)/i.test(name));
  return withFields(undefined, Object.fromEntries(kept));
}
