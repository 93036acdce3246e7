import { DiscardPolicy, RetentionPolicy, StorageType } from '@nats-io/jetstream';
import type { Connection } from '../connection/connection.ts';
import { type FaultReason, fault, faultReason } from '../errors/fault.ts';
import { messageIdField } from '../events/envelope/event-head.ts';
import type { Publisher } from '../events/publish/publisher.ts';
import { ensureStream, type NamedStream } from '../jetstream/ensure-stream.ts';
import { manage } from '../jetstream/manage.ts';
import { encodeHeaderBlock, headerLine, headerPreamble } from '../wire/header-block.ts';
import { traceparentField, tracestateField } from '../wire/request.ts';
import { maxUnfinishedMs } from './operation-records.ts';
import { type OperationRef, refToken } from './operation-ref.ts';

/**
 * Where durable calls wait for a worker: one work queue for each service.
 *
 *     ops.<package>.<Service>.<Method>.0.<owner>-<id>
 *
 * The stream holds one message of a subject at most: a call that is queued again while it is queued stays one.
 */
const subjectPrefix = 'ops';

/** What stands before the last two tokens, and names the method. */
export function callBase(service: string, method: string): string {
  return `${subjectPrefix}.${service}.${method}`;
}

/** The stream of a service. */
export function queueName(service: string): string {
  return queuePrefix + service.replaceAll('.', '_');
}

const queuePrefix = 'OPS_';

/** Tens of thousands of calls of ordinary size. A queue that is full refuses further calls. */
const maxBytes = 256 * 1024 * 1024;

/** Makes the queue of a service if it is not there, and gives it more copies if it has too few. */
export async function ensureQueue(connection: Connection, service: string, replicas = 1): Promise<void> {
  await ensureStream(connection, queueConfig(service, replicas));
}

/** Gives the queues that there are more copies, if they have too few. */
export async function replicateQueues(connection: Connection, replicas: number): Promise<void> {
  await manage(connection, 'the queues of durable calls', async (manager) => {
    for await (const name of manager.streams.names(`${subjectPrefix}.>`)) {
      const { config } = await manager.streams.info(name);
      if (!name.startsWith(queuePrefix) || config.num_replicas >= replicas) continue;
      await manager.streams.update(name, { num_replicas: replicas });
    }
  });
}

function queueConfig(service: string, replicas: number): NamedStream {
  return {
    name: queueName(service),
    description: `durable calls of ${service} that are not done`,
    subjects: [`${subjectPrefix}.${service}.*.*.*`],
    retention: RetentionPolicy.Workqueue,
    storage: StorageType.File,
    discard: DiscardPolicy.New,
    discard_new_per_subject: true,
    max_msgs_per_subject: 1,
    max_bytes: maxBytes,
    max_age: maxUnfinishedMs * 1_000_000,
    num_replicas: replicas,
    allow_direct: true,
  };
}

/** A call on its way into its queue. */
export interface QueuedCall {
  readonly service: string;
  readonly method: string;
  readonly ref: OperationRef;
  /** The serialized request. */
  readonly body: Uint8Array;
  readonly traceparent: string;
  readonly tracestate: string;
}

/**
 * Queues a call. One that is in the queue already is left there.
 *
 * @throws ConnectError as `Publisher.publish` does.
 */
export async function enqueue(
  publisher: Publisher,
  call: QueuedCall,
  options: { readonly timeoutMs?: number | undefined; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  const { service, method, ref, body, traceparent, tracestate } = call;
  let lines = headerPreamble + headerLine(messageIdField, refToken(ref));
  if (traceparent !== '') lines += headerLine(traceparentField, traceparent);
  if (traceparent !== '' && tracestate !== '') lines += headerLine(tracestateField, tracestate);
  try {
    await publisher.send(
      {
        id: ref.id,
        key: undefined,
        subject: `${callBase(service, method)}.0.${refToken(ref)}`,
        head: encodeHeaderBlock(lines),
        body,
      },
      options,
    );
  } catch (error) {
    const reason = faultReason(error);
    if (reason === 'STREAM_FULL' && /per subject/.test((error as Error).message)) return;
    if (reason !== undefined && toldOtherwise.has(reason)) throw unqueued(reason, call, error);
    throw error;
  }
}

const toldOtherwise: ReadonlySet<FaultReason> = new Set(['STREAM_FULL', 'NO_STREAM']);

/** The same in words about calls: the publisher speaks of events. */
function unqueued(reason: FaultReason, { service, method }: QueuedCall, cause: unknown) {
  const stream = queueName(service);
  return fault(reason, {
    message:
      reason === 'STREAM_FULL'
        ? `${service}/${method}: the queue of its durable calls, stream ${stream}, is full; start more workers, or raise the limit of the stream`
        : `${service}/${method}: there is no queue for its durable calls (stream ${stream}); a worker that serves the method makes it`,
    fate: 'never-started',
    facts: { stream, method: `${service}/${method}` },
    cause,
  });
}
