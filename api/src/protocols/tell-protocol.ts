import type { EdgeRequest } from '../exchange.ts';
import type { ErrorFormat } from '../rest-route.ts';
import { connectProtocol } from './connect/protocol.ts';
import { connectStreamProtocol } from './connect-stream/protocol.ts';
import { grpcContentType } from './grpc/content-type.ts';
import { grpcProtocol } from './grpc/protocol.ts';
import { grpcWebProtocol } from './grpc-web/protocol.ts';
import { type RestProtocol, restProtocols } from './rest/protocol.ts';

export type RpcProtocol =
  | typeof connectProtocol
  | typeof connectStreamProtocol
  | typeof grpcProtocol
  | typeof grpcWebProtocol;

/**
 * The protocol of a request that says so by its content type; undefined for one that could be Connect or REST. This
 * holds whatever the path leads to: a caller of gRPC that is refused has to be told in gRPC.
 */
export function framedProtocol(request: EdgeRequest): RpcProtocol | undefined {
  const contentType = request.header('content-type');
  // By far the commonest, and what the checks below would go over in vain.
  if (contentType === undefined || contentType === 'application/json' || contentType === 'application/proto')
    return undefined;
  const type = contentType.toLowerCase();
  if (type.startsWith('application/connect+')) return connectStreamProtocol;
  if (!type.startsWith('application/grpc')) return undefined;
  return grpcContentType(type)?.dialect === 'grpc-web' ? grpcWebProtocol : grpcProtocol;
}

/** Who answers a request that led nowhere. Before the path led anywhere, its shape tells who asks. */
export function refusingProtocol(request: EdgeRequest, errorFormat: ErrorFormat): RpcProtocol | RestProtocol {
  const framed = framedProtocol(request);
  if (framed !== undefined) return framed;
  return procedureShape.test(request.path) ? connectProtocol : restProtocols[errorFormat];
}

/** `/package.Service/Method`. */
const procedureShape = /^\/(?:[A-Za-z_][A-Za-z0-9_]*\.)+[A-Za-z_][A-Za-z0-9_]*\/[A-Za-z_][A-Za-z0-9_]*$/;
