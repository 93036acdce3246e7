import { attribute, isServerFailure, type SpanShape, type Tracing } from '@busline/bus';
import { TraceService } from '@busline/schemas/busline/traces/v1/traces';
import type { Exchange } from '../exchange.ts';
import type { ExchangeObserver } from '../middleware/observe.ts';
import { failureOf } from '../protocols/failure.ts';
import type { ProtocolName } from '../protocols/protocol.ts';

/** `SpanKind.SERVER` of OpenTelemetry's API: this is all that the edge needs of it. */
const serverKind = 1;

/** `rpc.system.name` of the protocols that are one. */
const rpcSystems: Readonly<Partial<Record<ProtocolName, string>>> = {
  Connect: 'connectrpc',
  'Connect stream': 'connectrpc',
  gRPC: 'grpc',
  'gRPC-Web': 'grpc',
};

/** Begins the span of a request, if it is to be recorded. Its name is found out later, with the route. */
export function beginEdgeSpan(tracing: Tracing, exchange: Exchange): void {
  const span = tracing.entered(shapeOf(exchange), exchange.clientTrace, exchange.startedAtMs);
  if (span === undefined) {
    // What the client asked for is not done: nobody further on shall do it either.
    exchange.traceparent = `${exchange.traceparent.slice(0, -2)}00`;
    return;
  }
  exchange.span = span;
  exchange.traceparent = span.traceparent;
}

/** Ends the span of a request; one that failed here or further on gets its span in hindsight. */
export const endSpan =
  (tracing: Tracing | undefined): ExchangeObserver =>
  (exchange) => {
    // Whoever looks at traces would otherwise see nothing else before long. A span that does not end is dropped.
    if (tracing === undefined || isLookingAtTraces(exchange)) return;
    const { error } = exchange;
    const failure = error === undefined ? undefined : failureOf(error).error;
    const isFailure = exchange.sentStatus >= 500 || (failure !== undefined && isServerFailure(failure.code));
    const { startedAtMs, traceparent, clientTrace } = exchange;
    const span =
      exchange.span ??
      (isFailure
        ? tracing.failed(shapeOf(exchange), { ...clientTrace, passedOnAs: traceparent }, startedAtMs)
        : undefined);
    if (span === undefined) return;
    span.rename(nameOf(exchange));
    if (exchange.route !== undefined) span.set(attribute.httpRoute, exchange.route);
    span.set(attribute.httpStatus, exchange.sentStatus);
    span.set(attribute.requestId, exchange.requestId);
    const { routed } = exchange;
    if (routed !== undefined) {
      const system = rpcSystems[routed.protocol];
      if (system !== undefined) span.set(attribute.rpcSystem, system);
      span.set(attribute.rpcMethod, routed.record.name);
    }
    if (failure !== undefined) span.noteError(failure, isFailure);
    else if (routed !== undefined) span.set(attribute.rpcStatus, 'OK');
    span.end();
  };

export function isLookingAtTraces({ routed }: Exchange): boolean {
  return routed?.record.service === TraceService.typeName;
}

function shapeOf({ request }: Exchange): SpanShape {
  return { kind: serverKind, name: request.method, attributes: { [attribute.httpMethod]: request.method } };
}

/** OpenTelemetry's conventions: the method of an RPC protocol, `{method} {route}` otherwise. */
function nameOf({ request, route, routed }: Exchange): string {
  if (routed !== undefined && rpcSystems[routed.protocol] !== undefined) return routed.record.name;
  return route === undefined ? request.method : `${request.method} ${route}`;
}
