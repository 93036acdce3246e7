import { createHash } from 'node:crypto';
import { AckPolicy, DeliverPolicy, DiscardPolicy, RetentionPolicy, StorageType } from '@nats-io/jetstream';
import type { Connection } from '../../connection/connection.ts';
import { fault, faultReason } from '../../errors/fault.ts';
import { ensureStream } from '../../jetstream/ensure-stream.ts';
import { consumerNotFound, isApiError, manage } from '../../jetstream/manage.ts';

/**
 * Where events wait for their time (ADR-51 of NATS):
 *
 *     sch.at.<hash of event and id>   a delayed event
 *     sch.on.<name>                   a schedule that fires again and again
 *     due.<subject of the event>      an event whose time has come, on its way into its own stream
 *
 * A stream that refuses when it is full cannot hold schedules, and they fire into their own stream only: so there is one
 * for all of them, and whoever handles events takes along what is due. It has no limit of its own, because a limit would
 * drop the oldest schedule.
 */
export const scheduleStream = 'SCHEDULES';

/** The durable of those who take along what is due; all of them share it. */
export const relayDurable = 'relay';

const duePrefix = 'due';
const namedPrefix = 'sch.on';

/** How long a relay may have a due event without a word: longer than it tries to publish it. */
const relayWaitSeconds = 30;

/** Where a delayed event waits: the same event and id, the same place. */
export function delayedSubject(base: string, id: string): string {
  const token = createHash('sha256').update(`${base} ${id}`).digest('base64url').slice(0, 22);
  return `sch.at.${token}`;
}

/** Where a named schedule is. */
export function namedSubject(name: string): string {
  return `${namedPrefix}.${name}`;
}

/** All named schedules. */
export const namedSubjects = `${namedPrefix}.*`;

/** The name in such a subject; undefined for another. */
export function scheduleName(subject: string): string | undefined {
  return subject.startsWith(`${namedPrefix}.`) ? subject.slice(namedPrefix.length + 1) : undefined;
}

/** Where an event goes when its time has come. */
export function dueSubject(eventSubject: string): string {
  return `${duePrefix}.${eventSubject}`;
}

/** The event's own subject. */
export function subjectOfDue(subject: string): string {
  return subject.slice(duePrefix.length + 1);
}

/**
 * Makes stream and durable where they are missing, and gives the stream more copies if it has too few.
 *
 * @throws ConnectError SCHEDULES_UNSUPPORTED (FAILED_PRECONDITION) when the broker is older than 2.12; or as `manage` says.
 */
export async function ensureScheduleStream(connection: Connection, replicas = 1): Promise<void> {
  await ensureStream(connection, {
    name: scheduleStream,
    description: 'events that wait for their time',
    subjects: ['sch.>', `${duePrefix}.>`],
    retention: RetentionPolicy.Workqueue,
    storage: StorageType.File,
    discard: DiscardPolicy.Old,
    allow_msg_schedules: true,
    allow_msg_ttl: true,
    allow_direct: true,
    num_replicas: replicas,
  });
  await manage(connection, `stream ${scheduleStream}`, async (manager) => {
    const { config } = await manager.streams.info(scheduleStream);
    if (config.allow_msg_schedules !== true) {
      throw fault('SCHEDULES_UNSUPPORTED', {
        message: `the broker keeps no schedules, so that events can be neither delayed nor repeated; run nats-server 2.14 or newer`,
        fate: 'never-started',
      });
    }
    try {
      await manager.consumers.info(scheduleStream, relayDurable);
    } catch (error) {
      if (!isApiError(error, consumerNotFound)) throw error;
      await manager.consumers.add(scheduleStream, {
        durable_name: relayDurable,
        description: 'takes events whose time has come into their own streams',
        filter_subject: `${duePrefix}.>`,
        ack_policy: AckPolicy.Explicit,
        deliver_policy: DeliverPolicy.All,
        ack_wait: relayWaitSeconds * 1_000_000_000,
        max_ack_pending: 10_000,
      });
    }
  });
}

/** What becomes of a broker that keeps no schedules, for those to whom everything else matters: they go without. */
export function goWithoutSchedules({ log }: Pick<Connection, 'log'>): (error: unknown) => void {
  return (error) => {
    if (faultReason(error) !== 'SCHEDULES_UNSUPPORTED') throw error;
    log.info({ why: (error as Error).message }, 'events can be neither delayed nor repeated');
  };
}
