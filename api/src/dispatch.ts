import { Code, ConnectError } from '@connectrpc/connect';
import type { EdgeBus } from './edge-bus.ts';
import { type EdgeResponse, type Exchange, type Routed, remainingMs } from './exchange.ts';
import { malformedPath, notFound, wrongMethod } from './http-fault.ts';
import type { LiveRoutes } from './live-routes.ts';
import type { MethodRecord } from './method-record.ts';
import { connectProtocol } from './protocols/connect/protocol.ts';
import { metadataToWorker } from './protocols/edge-metadata.ts';
import type { CallTarget, Protocol, ProtocolCall } from './protocols/protocol.ts';
import { restProtocol } from './protocols/rest/protocol.ts';

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

export function createDispatcher(bus: EdgeBus, routes: LiveRoutes): Dispatcher {
  return { route, writeError };

  function route(exchange: Exchange): Routed {
    // Read once: the request keeps its routes when a new table takes the place of this one.
    const { table } = routes;
    const { method, path } = exchange.request;
    const record = table.procedures.get(path);
    if (record !== undefined) {
      exchange.route = path;
      return routed(connectProtocol, exchange, { record });
    }
    if (path.includes('%') && malformedEscape.test(path)) throw malformedPath();
    const match = table.rest.match(method, path);
    if (match.kind === 'unknown') throw notFound(path);
    if (match.kind === 'wrong-method') throw wrongMethod(method, match.allow);
    const { value: route, segments } = match;
    exchange.route = route.binding.template.text;
    return routed(restProtocol, exchange, { route, segments, record: route.record });
  }

  function routed<Target extends CallTarget, Call extends ProtocolCall>(
    protocol: Protocol<Target, Call>,
    exchange: Exchange,
    target: Target,
  ): Routed {
    exchange.writeError = (error) => protocol.writeError(exchange, error, target);
    return { record: target.record, serve: () => serve(protocol, exchange, target) };
  }

  /** One call: in from HTTP, over the bus, and out again. */
  async function serve<Target extends CallTarget, Call extends ProtocolCall>(
    protocol: Protocol<Target, Call>,
    exchange: Exchange,
    target: Target,
  ): Promise<EdgeResponse> {
    const { record } = target;
    if (record.desc.methodKind !== 'unary') throw notUnary(record);
    const call = await protocol.readCall(exchange, target);
    const timeoutMs = remainingMs(exchange, call.timeoutMs);
    if (timeoutMs <= 0)
      throw new ConnectError('the deadline passed before the call was made', Code.DeadlineExceeded);
    const reply = await bus.callUnary({
      service: record.service,
      method: record.method,
      body: call.message,
      idempotent: record.idempotent,
      metadata: metadataToWorker(exchange, call.metadata),
      identity: exchange.identity,
      timeoutMs,
      signal: exchange.request.signal,
    });
    return protocol.writeReply(exchange, call, reply);
  }

  function writeError(exchange: Exchange, error: unknown): EdgeResponse {
    if (exchange.writeError !== undefined) return exchange.writeError(error);
    // Before the path led anywhere, its shape tells who asks.
    const isProcedure = procedureShape.test(exchange.request.path);
    return (isProcedure ? connectProtocol : restProtocol).writeError(exchange, error, undefined);
  }
}

function notUnary({ name, desc }: MethodRecord): ConnectError {
  const kind = desc.methodKind.replace('_', ' ');
  return new ConnectError(
    `${name} is a ${kind} method, and this edge serves unary methods only`,
    Code.Unimplemented,
  );
}

/** `/package.Service/Method`. */
const procedureShape = /^\/(?:[A-Za-z_][A-Za-z0-9_]*\.)+[A-Za-z_][A-Za-z0-9_]*\/[A-Za-z_][A-Za-z0-9_]*$/;

const malformedEscape = /%(?![0-9A-Fa-f]{2})/;
