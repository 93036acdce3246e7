import { durationMs } from '@bufbuild/protobuf/wkt';
import {
  type Operations as BusOperations,
  identity,
  type OperationRef,
  ownerToken,
  readOperationName,
} from '@busline/bus';
import type { OperationRecord } from '@busline/schemas/busline/durable/v1/operation';
import { Operations } from '@busline/schemas/google/longrunning/operations';
import { Code, ConnectError, type HandlerContext } from '@connectrpc/connect';
import { type LocalService, localService } from '../local/local-service.ts';
import type { RouteTable } from '../route-table.ts';
import { liveRegistry } from './live-registry.ts';
import { operationMessage } from './operation-message.ts';
import { readPage } from './operation-page.ts';
import { readPrefer } from './prefer.ts';
import { responseTypeOf } from './response-type.ts';

/** Wait of `WaitOperation` without a timeout and without a deadline, in milliseconds. */
const defaultWaitMs = 30_000;
/** Time to tell the caller before its own deadline, in milliseconds. */
const answerMs = 50;

/**
 * `google.longrunning.Operations` over the durable calls of the bus. Callers see what they have started themselves, and
 * nothing of others: to them it is not there.
 */
export function operationsService(operations: BusOperations, table: () => RouteTable): LocalService {
  const show = (record: OperationRecord) => operationMessage(record, responseTypeOf(table(), record));
  return localService(
    Operations,
    {
      async getOperation({ name }, context) {
        const ref = refOf(name, context);
        const { waitMs } = readPrefer(context.requestHeader.get('prefer') ?? undefined);
        if (waitMs === undefined) return show(found(name, await operations.get(ref)));
        context.responseHeader.set('preference-applied', `wait=${waitMs / 1000}`);
        const timeoutMs = Math.min(waitMs, leftMs(context));
        return show(found(name, await operations.wait(ref, { timeoutMs, signal: context.signal })));
      },
      async listOperations({ name, filter, pageSize, pageToken }, context) {
        if (name !== 'operations' && name !== '') throw notFound(name);
        const all = operations.list(ownerToken(identity(context)));
        const { records, nextPageToken } = await readPage(all, { filter, pageSize, pageToken });
        return { operations: records.map(show), nextPageToken };
      },
      async waitOperation({ name, timeout }, context) {
        const ref = refOf(name, context);
        const longestMs = leftMs(context);
        const timeoutMs = Math.min(timeout === undefined ? longestMs : durationMs(timeout), longestMs);
        return show(found(name, await operations.wait(ref, { timeoutMs, signal: context.signal })));
      },
      async cancelOperation({ name }, context) {
        found(name, await operations.cancel(refOf(name, context)));
        return {};
      },
      async deleteOperation({ name }, context) {
        if (!(await operations.remove(refOf(name, context)))) throw notFound(name);
        return {};
      },
    },
    { registry: liveRegistry(table), notes },
  );
}

const notes = {
  [Operations.method.getOperation.name]: {
    headers: [
      {
        name: 'Prefer',
        description:
          '`wait=5` waits up to 5 seconds for the outcome (RFC 7240). The answer is the operation, done or not.',
      },
    ],
  },
};

function leftMs(context: HandlerContext): number {
  return Math.max(0, (context.timeoutMs() ?? defaultWaitMs) - answerMs);
}

function refOf(name: string, context: HandlerContext): OperationRef {
  const id = readOperationName(name);
  if (id === undefined) throw notFound(name);
  return { owner: ownerToken(identity(context)), id };
}

function found(name: string, record: OperationRecord | undefined): OperationRecord {
  if (record === undefined) throw notFound(name);
  return record;
}

export function notFound(name: string): ConnectError {
  return new ConnectError(
    `there is no operation ${JSON.stringify(name)}: it is forgotten, or another caller's`,
    Code.NotFound,
  );
}
