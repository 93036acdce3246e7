import type { DescMethod } from '@bufbuild/protobuf';
import type { ConnectError } from '@connectrpc/connect';
import { SpanKind } from '@opentelemetry/api';
import type { Connection } from '../../connection/connection.ts';
import { codeTable } from '../../errors/code-table.ts';
import { attribute, busSystem } from '../../tracing/attributes.ts';
import { isServerFailure, type OpenSpan } from '../../tracing/open-span.ts';
import { traceIdOf } from '../../tracing/trace-parent.ts';
import type { SpanShape } from '../../tracing/tracing.ts';
import type { RequestEnvelope } from '../../wire/request.ts';
import { createMethodRecorder, type MethodStats } from './method-stats.ts';
import type { ServerCall } from './server-call.ts';

/** Sees what becomes of the calls of one method: counts them, records their spans, writes a line for each. */
export interface CallObserver {
  /** A call has arrived; its span, if it is recorded. */
  arrives(envelope: RequestEnvelope, receivedAtMs: number): OpenSpan | undefined;
  /** The handler of a call begins, or would if the request were one that it takes. */
  starts(call: ServerCall, nowMs: number): void;
  /** The handler has ended. */
  ran(call: ServerCall, startedAtMs: number, error: ConnectError | undefined): void;
  /** The call has ended without its handler. */
  refused(call: ServerCall, error: ConnectError): void;
  /** A stream stands still at the window of its caller. */
  stalled(call: ServerCall): void;
  stats(): MethodStats;
}

export function createCallObserver(connection: Connection, method: DescMethod): CallObserver {
  const { tracing, log } = connection;
  const recorder = createMethodRecorder();
  const name = `${method.parent.typeName}/${method.name}`;
  const shape: SpanShape = {
    kind: SpanKind.SERVER,
    name,
    attributes: { [attribute.rpcSystem]: busSystem, [attribute.rpcMethod]: name },
  };

  const ended = (call: ServerCall, error: ConnectError | undefined): void => {
    if (call.span !== undefined) call.span.endCall(error, isServerFailure);
    else if (error !== undefined && tracing !== undefined && isServerFailure(error.code))
      tracing
        .failed(shape, call.request.envelope, call.request.receivedAtMs)
        ?.endCall(error, isServerFailure);
    if (log.isLevelEnabled?.('debug') !== false) writeLine(call, error);
  };
  const writeLine = (call: ServerCall, error: ConnectError | undefined): void => {
    const { request, traceparent } = call;
    log.debug(
      {
        method: name,
        code: error === undefined ? 'OK' : codeTable[error.code].name,
        durationMs: Math.round((performance.now() - request.receivedAtMs) * 1_000) / 1_000,
        ...(traceparent !== undefined && { traceId: traceIdOf(traceparent) }),
        requestId: request.head === undefined ? undefined : call.requestId,
      },
      'call',
    );
  };

  return {
    arrives: (envelope, receivedAtMs) => tracing?.received(shape, envelope, receivedAtMs),
    starts(call, nowMs) {
      call.span?.set(attribute.queueMs, nowMs - call.request.receivedAtMs);
    },
    ran(call, startedAtMs, error) {
      recorder.ran(performance.now() - startedAtMs, startedAtMs - call.request.receivedAtMs, error);
      ended(call, error);
    },
    refused(call, error) {
      recorder.refused(error);
      ended(call, error);
    },
    stalled(call) {
      recorder.stalled();
      call.span?.event('stalled', {});
    },
    stats: () => recorder.snapshot(),
  };
}
