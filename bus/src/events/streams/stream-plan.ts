import type { DescMessage } from '@bufbuild/protobuf';
import type { JetStreamManager } from '@nats-io/jetstream';
import type { Connection } from '../../connection/connection.ts';
import { positive } from '../../connection/options.ts';
import { isApiError, manage, streamNotFound } from '../../jetstream/manage.ts';
import { throughElections } from '../../jetstream/through-elections.ts';
import { eventContract } from '../contract/event-contract.ts';
import { announceEvents } from '../contract/event-registry.ts';
import { ensureDeadLetterStream } from '../dead-letters/dead-letter-stream.ts';
import { ensureScheduleStream, goWithoutSchedules } from '../schedules/schedule-stream.ts';
import { type PlannedStream, planStream } from './plan-stream.ts';
import { streamSpecs } from './stream-spec.ts';

/** What is to be done so that the broker's streams are as the contracts say. */
export interface StreamPlan {
  readonly streams: readonly PlannedStream[];
  /** The contracts that were compared. Applying announces them, so that what is stored can be read by anybody. */
  readonly events: readonly DescMessage[];
  /** Copies of what the bus itself keeps: dead letters. */
  readonly replicas: number;
}

export interface PlanOptions {
  /** Copies of a stream whose contract does not say, 1 to 5. Default 1, all that a single node can have. */
  readonly replicas?: number;
}

export interface ApplyOptions {
  /** Make changes that lose events, or the order of keys, as well. Default false. */
  readonly destructive?: boolean;
}

/** What was done. */
export interface Applied {
  readonly created: readonly string[];
  readonly updated: readonly string[];
  /** Streams with changes that were left out because they lose something, or that the broker cannot make. */
  readonly held: readonly string[];
}

/**
 * Compares the broker's streams with the contracts of events. Nothing is changed.
 *
 * @throws TypeError for a contract that cannot be used; ConnectError as `manage` says.
 */
export async function planStreams(
  connection: Connection,
  events: Iterable<DescMessage>,
  options: PlanOptions = {},
): Promise<StreamPlan> {
  const replicas = positive('replicas', options.replicas ?? 1, 5);
  const schemas = [...events];
  const specs = streamSpecs(schemas.map(eventContract));
  return await manage(connection, 'the plan of the streams', async (manager) => {
    const streams: PlannedStream[] = [];
    for (const spec of specs) {
      const current = await readConfig(manager, spec.settings.name);
      streams.push(planStream(spec, current, { replicas }));
    }
    return { streams, events: schemas, replicas };
  });
}

/**
 * Makes the changes of a plan, leaving out those that lose something unless told otherwise, and announces the contracts.
 * Applying the same plan twice, or from two processes at once, does no harm.
 */
export async function applyStreams(
  connection: Connection,
  plan: StreamPlan,
  { destructive = false }: ApplyOptions = {},
): Promise<Applied> {
  const created: string[] = [];
  const updated: string[] = [];
  const held: string[] = [];
  for (const { name, action, changes, config, safeConfig } of plan.streams) {
    await manage(connection, `stream ${name}`, async (manager) => {
      const harmful = changes.filter(({ harm }) => harm !== undefined).length;
      if (action === 'create') {
        await manager.streams.add(config);
        created.push(name);
      } else if (action === 'blocked') {
        held.push(name);
      } else if (action === 'update') {
        if (destructive || harmful < changes.length) {
          await manager.streams.update(name, destructive ? config : safeConfig);
          updated.push(name);
        }
        if (harmful > 0 && !destructive) held.push(name);
      }
    });
  }
  await ensureDeadLetterStream(connection, plan.replicas);
  // Now rather than with the first schedule: to give a stream more copies later takes an election.
  await throughElections(connection, () => ensureScheduleStream(connection, plan.replicas)).catch(
    goWithoutSchedules(connection),
  );
  await announceEvents(connection, plan.events);
  return { created, updated, held };
}

async function readConfig(manager: JetStreamManager, name: string) {
  try {
    return (await manager.streams.info(name)).config;
  } catch (error) {
    if (isApiError(error, streamNotFound)) return undefined;
    throw error;
  }
}
