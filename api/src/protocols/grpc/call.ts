import type { ContentCoding } from '../../compression.ts';
import type { Exchange } from '../../exchange.ts';
import { HttpFault, httpVersionNeeded, unsupportedType, wrongMethod } from '../../http-fault.ts';
import type { MethodRecord } from '../../method-record.ts';
import type { Codec } from '../codec.ts';
import { acceptedMessageCodings, firstAccepted, messageCodingOf } from '../envelope/message-coding.ts';
import type { CallTarget, ProtocolCall } from '../protocol.ts';
import { type GrpcDialect, grpcContentType, grpcContentTypes } from './content-type.ts';
import { requestMetadata } from './metadata.ts';
import { parseTimeout } from './timeout.ts';

/** A call of gRPC or gRPC-Web. */
export interface GrpcCall extends ProtocolCall {
  readonly record: MethodRecord;
  readonly codec: Codec;
  readonly text: boolean;
  /** Content type of request and answer. */
  readonly contentType: string;
  /** How the caller's messages are packed, and the answer's too if the caller takes that. */
  readonly requestCoding: ContentCoding | undefined;
  readonly replyCoding: ContentCoding | undefined;
}

/** Reads the header of a request (PROTOCOL-HTTP2, "Request-Headers"). */
export function openGrpcCall(exchange: Exchange, { record }: CallTarget, dialect: GrpcDialect): GrpcCall {
  const { request } = exchange;
  const given = request.header('content-type');
  const type = grpcContentType(given);
  if (type?.codec === undefined) throw unsupportedType(given, grpcContentTypes[dialect]);
  if (request.method !== 'POST') throw wrongMethod(request.method, ['POST']);
  if (request.httpVersion !== 2 && (dialect === 'grpc' || record.desc.methodKind === 'bidi_streaming')) {
    throw httpVersionNeeded(dialect === 'grpc' ? 'gRPC' : `the bidi streaming method ${record.name}`);
  }
  const requestCoding = requestCodingOf(request.header('grpc-encoding'));
  const accepted = request.header('grpc-accept-encoding');
  return {
    record,
    codec: type.codec,
    text: type.text,
    contentType: type.value,
    metadata: requestMetadata(exchange),
    timeoutMs: parseTimeout(request.header('grpc-timeout')),
    requestCoding,
    // A caller that packs wants to save bytes; one that does not, mostly wants to save time, whatever it can read.
    replyCoding: requestCoding === undefined ? undefined : firstAccepted(accepted),
  };
}

function requestCodingOf(name: string | undefined): ContentCoding | undefined {
  try {
    return messageCodingOf(name);
  } catch (error) {
    // "grpc-accept-encoding" tells what there is (gRPC compression, "Compression Method Asymmetry").
    throw new HttpFault(415, error as HttpFault['connectError'], {
      'grpc-accept-encoding': acceptedMessageCodings,
    });
  }
}
