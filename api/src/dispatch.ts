import { fromBinary } from '@bufbuild/protobuf';
import { Operations } from '@busline/schemas/google/longrunning/operations';
import { Code, ConnectError } from '@connectrpc/connect';
import type { EdgeBus } from './edge-bus.ts';
import { type EdgeResponse, type Exchange, type Routed, remainingMs } from './exchange.ts';
import { malformedPath, notFound, wrongMethod } from './http-fault.ts';
import type { LiveRoutes } from './live-routes.ts';
import type { MethodRecord } from './method-record.ts';
import { callDurable } from './operations/durable-call.ts';
import { operationEvents } from './operations/operation-events.ts';
import { createOperationWriter } from './operations/operation-response.ts';
import { connectProtocol } from './protocols/connect/protocol.ts';
import { metadataToWorker } from './protocols/edge-metadata.ts';
import type { CallTarget, Protocol, ProtocolCall } from './protocols/protocol.ts';
import { prefersEvents } from './protocols/rest/accept.ts';
import { restProtocols } from './protocols/rest/protocol.ts';
import { framedProtocol, refusingProtocol } from './protocols/tell-protocol.ts';
import { callStream } from './stream/call-stream.ts';
import { createSweep } from './sweep.ts';

/** Finds who answers a request, and in which protocol. */
export interface Dispatcher {
  /**
   * Finds the method a request means and leaves it in the exchange, for the policies on the way to `Routed.serve`.
   *
   * @throws HttpFault 404, 405, or 400 for a path that is no URI
   */
  route(exchange: Exchange): Routed;
  /** Answers an error in the caller's protocol. */
  writeError(exchange: Exchange, error: unknown): EdgeResponse;
}

/** @param closing aborts when the edge leaves */
export function createDispatcher(bus: EdgeBus, routes: LiveRoutes, closing: AbortSignal): Dispatcher {
  const sweep = createSweep();
  const operationWriter = createOperationWriter(() => routes.table);
  return { route, writeError };

  function route(exchange: Exchange): Routed {
    // Read once: the request keeps its routes when a new table takes the place of this one.
    const { table } = routes;
    const { method, path } = exchange.request;
    const record = table.procedures.get(path);
    const framed = framedProtocol(exchange.request);
    if (record !== undefined) {
      exchange.route = path;
      return routed<CallTarget, ProtocolCall>(framed ?? connectProtocol, exchange, { record });
    }
    if (framed !== undefined) throw notFound(path);
    if (path.includes('%') && malformedEscape.test(path)) throw malformedPath();
    const match = table.rest.match(method, path);
    if (match.kind === 'unknown') throw notFound(path);
    if (match.kind === 'wrong-method') throw wrongMethod(method, match.allow);
    const { value: route, segments } = match;
    exchange.route = route.binding.template.text;
    return routed(restProtocols[table.errorFormat], exchange, { route, segments, record: route.record });
  }

  function routed<Target extends CallTarget, Call extends ProtocolCall>(
    protocol: Protocol<Target, Call>,
    exchange: Exchange,
    target: Target,
  ): Routed {
    return {
      record: target.record,
      protocol: protocol.name,
      serve: () => serve(protocol, exchange, target),
      writeError: (error) => protocol.writeError(exchange, error, target),
    };
  }

  /** One call: in from HTTP, over the bus, and out again. */
  async function serve<Target extends CallTarget, Call extends ProtocolCall>(
    protocol: Protocol<Target, Call>,
    exchange: Exchange,
    target: Target,
  ): Promise<EdgeResponse> {
    const { record } = target;
    const call = protocol.openCall(exchange, target);
    if (record.desc.methodKind === 'unary') {
      const message = await readInTime(exchange, protocol, call);
      if (record.durable !== undefined) {
        const { answersOperations = false } = protocol;
        const answer = await callDurable(bus.operations, exchange, {
          contract: record.durable,
          call,
          message,
          answersOperations,
        });
        if (answer.kind === 'operation') return operationWriter.accepted(answer.record);
        return protocol.writeReply(exchange, call, answer.reply);
      }
      if (record.desc === getOperation && protocol.answersOperations && wantsEvents(exchange)) {
        const { name } = fromBinary(getOperation.input, message);
        return operationEvents(bus.operations, exchange, { name, writer: operationWriter, closing });
      }
      return protocol.writeReply(exchange, call, await callUnary(exchange, { record, call, message }));
    }
    const framing = protocol.writeReplies(exchange, call);
    if ('status' in framing) return framing;
    const takesOne = record.desc.methodKind === 'server_streaming';
    if (!takesOne && protocol.readMessages === undefined) throw noSuchForm(record, protocol.name);
    const request = takesOne ? await readInTime(exchange, protocol, call) : undefined;
    return callStream(record.upstream ?? bus, exchange, {
      call: {
        service: record.service,
        method: record.method,
        request,
        partial: record.partial,
        metadata: metadataToWorker(exchange, call.metadata),
        identity: exchange.identity,
        trace: exchange.span ?? exchange,
        timeoutMs: streamTimeoutMs(exchange, record, call.timeoutMs),
        signal: exchange.request.signal,
      },
      framing,
      readMessages: takesOne ? undefined : (receiver) => protocol.readMessages?.(exchange, call, receiver),
    });
  }

  /** A body that stops coming is given up at the deadline, like a worker that does not answer. */
  function readInTime<Call extends ProtocolCall>(
    exchange: Exchange,
    protocol: Pick<Protocol<never, Call>, 'readMessage'>,
    call: Call,
  ): Promise<Uint8Array> {
    const reading = protocol.readMessage(exchange, call);
    if (!exchange.request.hasBody) return reading;
    return new Promise((resolve, reject) => {
      const atMs = performance.now() + remainingMs(exchange, call.timeoutMs);
      const done = sweep.add(atMs, () => reject(bodyTooLate()));
      reading.then(
        (message) => {
          done();
          resolve(message);
        },
        (error) => {
          done();
          reject(error);
        },
      );
    });
  }

  function callUnary(
    exchange: Exchange,
    { record, call, message }: { record: MethodRecord; call: ProtocolCall; message: Uint8Array },
  ) {
    const timeoutMs = remainingMs(exchange, call.timeoutMs);
    if (timeoutMs <= 0) throw tooLate();
    return (record.upstream ?? bus).callUnary({
      service: record.service,
      method: record.method,
      body: message,
      idempotent: record.idempotent,
      partial: record.partial,
      metadata: metadataToWorker(exchange, call.metadata),
      identity: exchange.identity,
      trace: exchange.span ?? exchange,
      timeoutMs,
      signal: exchange.request.signal,
    });
  }

  function writeError(exchange: Exchange, error: unknown): EdgeResponse {
    if (exchange.routed !== undefined) return exchange.routed.writeError(error);
    return refusingProtocol(exchange.request, routes.table.errorFormat).writeError(
      exchange,
      error,
      undefined,
    );
  }
}

/**
 * A stream lasts as long as its caller wants and both sides show signs of life: only what is asked for, or said of the
 * method, ends it.
 */
function streamTimeoutMs(
  exchange: Exchange,
  { policy }: MethodRecord,
  requestedMs: number | undefined,
): number | undefined {
  const { defaultMs, maxMs } = policy.streamDeadline;
  const limitMs = Math.min(requestedMs ?? defaultMs ?? Infinity, maxMs ?? Infinity);
  if (limitMs === Infinity) return undefined;
  const timeoutMs = limitMs - (performance.now() - exchange.startedAtMs);
  if (timeoutMs <= 0) throw tooLate();
  return timeoutMs;
}

function tooLate(): ConnectError {
  return new ConnectError('the deadline passed before the call was made', Code.DeadlineExceeded);
}

function bodyTooLate(): ConnectError {
  return new ConnectError('the request was not complete at its deadline', Code.DeadlineExceeded);
}

function noSuchForm({ name, desc }: MethodRecord, protocol: string): ConnectError {
  const kind = desc.methodKind.replace('_', ' ');
  return new ConnectError(
    `${name} is a ${kind} method, which ${protocol} cannot express: call it by Connect, gRPC or gRPC-Web`,
    Code.Unimplemented,
  );
}

/** The progress of an operation is the same resource, told as it comes. */
const { getOperation } = Operations.method;

function wantsEvents({ request }: Exchange): boolean {
  return prefersEvents(request.header('accept'));
}

const malformedEscape = /%(?![0-9A-Fa-f]{2})/;
