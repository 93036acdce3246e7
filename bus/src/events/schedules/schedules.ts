import { createHash, randomUUID } from 'node:crypto';
import type { DescMessage, MessageInitShape } from '@bufbuild/protobuf';
import type { Connection } from '../../connection/connection.ts';
import { fault } from '../../errors/fault.ts';
import { isApiError, manage, messageNotFound, streamNotFound } from '../../jetstream/manage.ts';
import { throughElections } from '../../jetstream/through-elections.ts';
import { callScope } from '../../scope/call-scope.ts';
import { encodeHeaderBlock, headerFields, headerLine, headerPreamble } from '../../wire/header-block.ts';
import { type EventContract, eventContract } from '../contract/event-contract.ts';
import { messageIdField } from '../envelope/event-head.ts';
import { percentDecode } from '../envelope/percent-encoding.ts';
import type { EventDetails, PreparedEvent } from '../publish/prepare-event.ts';
import type { Published, Publisher, PublishOptions } from '../publish/publisher.ts';
import { definitionField } from './due-event.ts';
import type { ScheduleRelay } from './schedule-relay.ts';
import {
  delayedSubject,
  dueSubject,
  ensureScheduleStream,
  namedSubject,
  namedSubjects,
  scheduleName,
  scheduleStream,
} from './schedule-stream.ts';
import { everyField, patternField, readTiming, type Timing, timeZoneField, timingFields } from './timing.ts';

/** A schedule that is to be. */
export type ScheduleOptions = Timing & {
  /** Names it: letters, digits, `-` and `_`. A schedule of the same name is replaced. */
  readonly name: string;
  /** Further CloudEvents attributes of each event. */
  readonly attributes?: EventDetails['attributes'];
};

/** A schedule that there is. */
export interface Schedule {
  readonly name: string;
  readonly timing: Timing;
  /** Full name of the event that it publishes. */
  readonly type: string;
  /** When it was made, or replaced. */
  readonly since: Date;
}

/** Events whose time has not come. */
export interface Schedules {
  /** Has an event published at a moment. */
  publishAt<S extends DescMessage>(
    schema: S,
    event: MessageInitShape<S>,
    options: PublishOptions & { readonly at: Date },
  ): Promise<Published>;
  /** Takes an event back that was to be published later. False when it was not there any more. */
  cancelDelayed(schema: DescMessage, id: string): Promise<boolean>;
  schedule<S extends DescMessage>(
    schema: S,
    options: ScheduleOptions,
    event: MessageInitShape<S>,
  ): Promise<'made' | 'replaced' | 'kept'>;
  /** Ends a schedule. False when there was none. */
  unschedule(name: string): Promise<boolean>;
  list(): Promise<Schedule[]>;
}

const what = `stream ${scheduleStream}`;

export function createSchedules(
  connection: Connection,
  publisher: Pick<Publisher, 'prepare' | 'send'>,
  relay: ScheduleRelay,
): Schedules {
  /** Streams that were looked at: schedules have as many copies as the events that they become. */
  const ready = new Map<string, Promise<void>>();
  const prepareStream = async ({ stream: { name } }: EventContract): Promise<void> => {
    let known = ready.get(name);
    if (known === undefined) {
      // Workers say what is scheduled when they start, which may be while a leader is elected.
      known = throughElections(connection, async () =>
        ensureScheduleStream(connection, await copiesOf(connection, name)),
      ).then(() => relay.start());
      ready.set(name, known);
      known.catch(() => ready.delete(name));
    }
    await known;
  };
  const remove = async (subject: string): Promise<boolean> =>
    await manage(connection, what, async (manager) => {
      try {
        return (await manager.streams.purge(scheduleStream, { filter: subject })).purged > 0;
      } catch (error) {
        if (isApiError(error, streamNotFound)) return false;
        throw error;
      }
    });
  const find = async (subject: string) =>
    await manage(connection, what, async (manager) => {
      try {
        return await manager.direct.getMessage(scheduleStream, { last_by_subj: subject });
      } catch (error) {
        if (isApiError(error, streamNotFound, messageNotFound)) return null;
        throw error;
      }
    });

  return {
    async publishAt(schema, event, { at, ...options }) {
      if (Number.isNaN(at.getTime())) throw new TypeError('publish: "at" must be a valid date');
      const contract = eventContract(schema);
      const prepared = publisher.prepare(schema, event, { ...options, time: options.time ?? at });
      await prepareStream(contract);
      const stored = await publisher.send(
        scheduled(prepared, contract, {
          subject: delayedSubject(contract.base, prepared.id),
          fields: { [patternField]: `@at ${at.toISOString()}` },
        }),
        options,
      );
      return { ...stored, id: prepared.id };
    },
    cancelDelayed: (schema, id) => remove(delayedSubject(eventContract(schema).base, id)),
    async schedule(schema, { name, attributes, ...timing }, event) {
      checkName(name);
      const contract = eventContract(schema);
      const fields = timingFields(timing);
      // Outside of a handler's trace, which all firings would otherwise belong to.
      const prepared = callScope.exit(() => publisher.prepare(schema, event, { id: name, attributes }));
      await prepareStream(contract);
      const definition = definitionOf(prepared, fields, attributes);
      const current = await find(namedSubject(name));
      // One that is written again begins anew, and a firing of this very moment would be passed over.
      if (current?.header.get(definitionField) === definition) return 'kept';
      await publisher.send(
        scheduled(prepared, contract, {
          subject: namedSubject(name),
          fields: { ...fields, [definitionField]: definition },
        }),
        {},
      );
      return current === null ? 'made' : 'replaced';
    },
    async unschedule(name) {
      checkName(name);
      return await remove(namedSubject(name));
    },
    async list() {
      const subjects = await manage(connection, what, async (manager) => {
        try {
          const { state } = await manager.streams.info(scheduleStream, { subjects_filter: namedSubjects });
          return Object.keys(state.subjects ?? {}).toSorted();
        } catch (error) {
          if (isApiError(error, streamNotFound)) return [];
          throw error;
        }
      });
      const found = await Promise.all(subjects.map(find));
      return found.flatMap((message) =>
        message === null
          ? []
          : {
              name: scheduleName(message.subject) ?? '',
              timing: readTiming(
                message.header.get(patternField),
                message.header.get(timeZoneField),
                message.header.get(everyField),
              ),
              type: percentDecode(message.header.get('ce-type')) ?? '',
              since: message.time,
            },
      );
    },
  };
}

/** The message that the broker keeps, and makes the event of when its time has come. */
function scheduled(
  { id, subject, head, body }: PreparedEvent,
  { stream }: EventContract,
  target: { readonly subject: string; readonly fields: Readonly<Record<string, string>> },
): PreparedEvent {
  const fields: Record<string, string> = {
    ...target.fields,
    'Nats-Schedule-Target': dueSubject(subject),
    // What nobody takes along is kept no longer than the event itself would be.
    'Nats-Schedule-TTL': `${Math.max(1, Math.ceil(stream.maxAgeMs / 1000))}s`,
    // Of this call alone: the same schedule may be made again soon after it was ended.
    [messageIdField]: randomUUID(),
  };
  let lines = headerPreamble;
  for (const [name, value] of headerFields(head))
    if (name !== messageIdField) lines += headerLine(name, value);
  for (const [name, value] of Object.entries(fields)) lines += headerLine(name, value);
  return { id, key: undefined, subject: target.subject, head: encodeHeaderBlock(lines), body };
}

/** Alike for schedules that publish the same at the same times. */
function definitionOf(
  { subject, body }: PreparedEvent,
  fields: Readonly<Record<string, string>>,
  attributes: EventDetails['attributes'] = {},
): string {
  const said = JSON.stringify([subject, fields, Object.entries(attributes).toSorted()]);
  return createHash('sha256').update(said).update(body).digest('base64url').slice(0, 22);
}

async function copiesOf(connection: Connection, stream: string): Promise<number> {
  return await manage(connection, `stream ${stream}`, async (manager) => {
    try {
      return (await manager.streams.info(stream)).config.num_replicas;
    } catch (error) {
      if (!isApiError(error, streamNotFound)) throw error;
      throw fault('NO_STREAM', {
        message: `there is no stream ${stream} for the event; apply the contracts with "npm run events -- apply"`,
        fate: 'never-started',
        facts: { stream },
      });
    }
  });
}

function checkName(name: string): void {
  if (!/^[A-Za-z0-9_-]{1,200}$/.test(name))
    throw new TypeError(`schedule "${name}" must be 1 to 200 letters, digits, - and _`);
}
