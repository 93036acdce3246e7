import { type Operations, ownerToken, readOperationName } from '@busline/bus';
import { type OperationRecord, State } from '@busline/schemas/busline/durable/v1/operation';
import type { EdgeResponse, Exchange, StreamedResponse } from '../exchange.ts';
import type { OperationWriter } from './operation-response.ts';
import { notFound } from './operations-service.ts';

/** Id of the event behind which there is nothing more. */
const lastEventId = 'end';
/** How long an EventSource waits before it connects again, in milliseconds. */
const retryMs = 2_000;
/** A comment at least this often, in milliseconds: proxies take a connection for dead after 30 seconds and more. */
const heartbeatMs = 15_000;

export interface OperationEventsOptions {
  readonly name: string;
  readonly writer: OperationWriter;
  /** Aborts when the edge leaves: clients come back to another one. */
  readonly closing: AbortSignal;
}

/**
 * The progress of one operation as server-sent events: `progress` now and after each change, `done` with the outcome, then
 * the end. The data of each is the operation.
 *
 * @throws ConnectError NOT_FOUND
 */
export async function operationEvents(
  operations: Operations,
  exchange: Exchange,
  { name, writer, closing }: OperationEventsOptions,
): Promise<EdgeResponse> {
  // EventSource connects again after whatever end; 204 is how it is told to leave it.
  if (exchange.request.header('last-event-id') === lastEventId)
    return { status: 204, headers: {}, body: undefined };
  const id = readOperationName(name);
  if (id === undefined) throw notFound(name);
  const ref = { owner: ownerToken(exchange.identity), id };
  if ((await operations.get(ref)) === undefined) throw notFound(name);
  return {
    status: 200,
    headers: {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      vary: 'accept',
    },
    start: (body) =>
      follow(
        {
          records: (signal) => operations.watch(ref, AbortSignal.any([signal, closing])),
          isThere: async () => (await operations.get(ref)) !== undefined,
        },
        writer,
        body,
      ),
  };
}

type Body = Parameters<StreamedResponse['start']>[0];

/** An operation that changes. That it is forgotten is no change, and must be asked for. */
interface Followed {
  records(signal: AbortSignal): AsyncIterable<OperationRecord>;
  isThere(): Promise<boolean>;
}

function follow(
  { records, isThere }: Followed,
  writer: OperationWriter,
  body: Body,
): ReturnType<StreamedResponse['start']> {
  const gone = new AbortController();
  let drained = Promise.withResolvers<void>();
  const beat = async (): Promise<void> => {
    body.write(':\n\n');
    if (!(await isThere())) gone.abort();
  };
  const heartbeat = setInterval(() => void beat().catch(() => undefined), heartbeatMs);

  const send = async (text: string): Promise<void> => {
    if (body.write(text)) return;
    drained = Promise.withResolvers();
    await drained.promise;
  };
  const run = async (): Promise<void> => {
    await send(`retry: ${retryMs}\n\n`);
    for await (const record of records(gone.signal)) {
      const data = `data: ${writer.json(record)}\n\n`;
      if (record.state === State.DONE) {
        body.write(`event: done\nid: ${lastEventId}\n${data}`);
        return;
      }
      await send(`event: progress\n${data}`);
    }
  };
  // What fails here mostly passes, and the client connects again by itself.
  run()
    .catch(() => undefined)
    .finally(() => {
      clearInterval(heartbeat);
      body.end();
    });
  return {
    onDrain: () => drained.resolve(),
    onClose() {
      gone.abort();
      drained.resolve();
    },
  };
}
