import type { ConnectError } from '@connectrpc/connect';
import type { Exchange } from '../../exchange.ts';
import { isHttpMatter } from '../connect/error.ts';
import { failureOf } from '../failure.ts';
import type { CallTarget } from '../protocol.ts';
import { type GrpcDialect, grpcContentType } from './content-type.ts';
import { addReplyMetadata } from './metadata.ts';
import { statusFields } from './status.ts';

export interface GrpcFailure {
  readonly error: ConnectError;
  readonly httpStatus: number;
  readonly headers: Record<string, string>;
  /** What ends the answer: how the call failed, and what the worker said besides. */
  readonly trailers: Record<string, string>;
}

/** An error as both dialects answer it. */
export function grpcFailure(
  exchange: Exchange,
  { thrown, target, dialect }: { thrown: unknown; target: CallTarget | undefined; dialect: GrpcDialect },
): GrpcFailure {
  const { error, status, headers } = failureOf(thrown);
  const type = grpcContentType(exchange.request.header('content-type'));
  const trailers = statusFields(error, target?.record);
  addReplyMetadata(trailers, error.metadata);
  return {
    error,
    // Always 200, unless the request was not one of gRPC at all (PROTOCOL-HTTP2, "Content-Type").
    httpStatus: isHttpMatter(status, error.code) ? status : 200,
    headers: {
      ...headers,
      'content-type': type?.codec === undefined ? `application/${dialect}` : type.value,
    },
    trailers,
  };
}
