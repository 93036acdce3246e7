import {
  create,
  type DescMessage,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import type { OperationRecord } from '@busline/schemas/busline/durable/v1/operation';
import { Code, ConnectError } from '@connectrpc/connect';
import { fault } from '../errors/fault.ts';
import { decodeIdentity } from '../policy/identity.ts';
import { callScope } from '../scope/call-scope.ts';
import { messageCheck } from '../validation/message-check.ts';
import { durableContract } from './durable-contract.ts';
import { operationName, ownerToken } from './operation-ref.ts';
import type { OperationStart, Operations } from './operations.ts';
import { outcomeOf } from './outcome.ts';

/** How a durable call is started. */
export type DurableStartOptions = Pick<
  OperationStart,
  'idempotencyKey' | 'metadata' | 'timeoutMs' | 'signal' | 'identity'
>;

/** Durable calls of one method. */
export interface DurableClient<I extends DescMessage, O extends DescMessage> {
  /** Stores a call. @throws ConnectError as `Operations.start` does, and INVALID_MESSAGE for a broken rule. */
  start(request: MessageInitShape<I>, options?: DurableStartOptions): Promise<DurableCall<O>>;
  /** A call that was started before, by its id: here, or in a process that is no more. */
  find(id: string): DurableCall<O>;
  /** Calls of this method that the caller has started, in no order. */
  list(): AsyncIterable<OperationRecord>;
}

/** One durable call. */
export interface DurableCall<O extends DescMessage> {
  readonly id: string;
  /** `operations/{id}`, as the edge names it. */
  readonly name: string;
  /** The record of the call; undefined when it is forgotten, or never was. */
  get(): Promise<OperationRecord | undefined>;
  /**
   * The response.
   *
   * @param options timeoutMs: how long to wait, in milliseconds. Default 30,000.
   * @throws ConnectError that the call ended with; STILL_RUNNING (DEADLINE_EXCEEDED) when the time is over, and
   * the call goes on; NOT_FOUND when it is forgotten.
   */
  wait(options?: { readonly timeoutMs?: number; readonly signal?: AbortSignal }): Promise<MessageShape<O>>;
  /** Asks for its end. @throws ConnectError NOT_FOUND when it is forgotten. */
  cancel(): Promise<void>;
}

const defaultWaitMs = 30_000;

/** @throws TypeError for a method that is not durable. */
export function createDurableClient<I extends DescMessage, O extends DescMessage>(
  operations: Operations,
  method: DescMethodUnary<I, O>,
): DurableClient<I, O> {
  const contract = durableContract(method);
  if (contract === undefined) {
    throw new TypeError(
      `${method.parent.typeName}/${method.name} is not durable: give the method "option (busline.durable.v1.method) = {};" in ${method.parent.file.proto.name}`,
    );
  }
  const check = messageCheck(method.input);
  const owner = (identity = callerIdentity()): string => ownerToken(identity);

  const callOf = (id: string, ownedBy: string): DurableCall<O> => {
    const ref = { owner: ownedBy, id };
    const notThere = () =>
      new ConnectError(`${operationName(id)} is not there: forgotten, or another caller's`, Code.NotFound);
    return {
      id,
      name: operationName(id),
      get: () => operations.get(ref),
      async wait({ timeoutMs = defaultWaitMs, signal } = {}) {
        const record = await operations.wait(ref, { timeoutMs, signal });
        if (record === undefined) throw notThere();
        const outcome = outcomeOf(record);
        if (outcome === undefined) throw stillRunning(contract.name, id, timeoutMs);
        if (outcome.kind === 'error') throw outcome.error;
        return fromBinary(method.output, outcome.body);
      },
      async cancel() {
        if ((await operations.cancel(ref)) === undefined) throw notThere();
      },
    };
  };

  return {
    async start(request, options = {}) {
      const message = create(method.input, request);
      const broken = check?.(message);
      if (broken !== undefined) throw broken;
      const { ref } = await operations.start({ ...options, contract, body: toBinary(method.input, message) });
      return callOf(ref.id, ref.owner);
    },
    find: (id) => callOf(id, owner()),
    async *list() {
      for await (const record of operations.list(owner())) {
        if (record.service === contract.service && record.method === method.name) yield record;
      }
    },
  };
}

function callerIdentity() {
  const encoded = callScope.getStore()?.identity;
  return encoded === undefined ? undefined : decodeIdentity(encoded);
}

/** A call that is not over when its caller's time is. It goes on. */
export function stillRunning(method: string, id: string, waitedMs: number): ConnectError {
  return fault('STILL_RUNNING', {
    message: `${method}: not done within ${Math.round(waitedMs)} ms; it goes on as ${operationName(id)}`,
    fate: 'may-have-run',
    facts: { method, operation: operationName(id) },
  });
}
