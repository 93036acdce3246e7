import { type Codec, jsonCodec, protoCodec } from '../codec.ts';

/** The two dialects of gRPC by their content types. */
export type GrpcDialect = 'grpc' | 'grpc-web';

export interface GrpcContentType {
  readonly dialect: GrpcDialect;
  /** Whether the body is base64 (gRPC-Web, "grpc-web-text"). */
  readonly text: boolean;
  /** Undefined for a format of messages that the edge does not know. */
  readonly codec: Codec | undefined;
  /** As the answer gives it back. */
  readonly value: string;
}

/** What is taken, for those who sent something else. */
export const grpcContentTypes: Readonly<Record<GrpcDialect, readonly string[]>> = {
  grpc: ['application/grpc', 'application/grpc+proto', 'application/grpc+json'],
  'grpc-web': [
    'application/grpc-web',
    'application/grpc-web+proto',
    'application/grpc-web+json',
    'application/grpc-web-text',
    'application/grpc-web-text+proto',
  ],
};

const pattern = /^(application\/grpc(-web(-text)?)?(?:\+([a-z0-9.-]+))?)[ \t]*(?:;.*)?$/i;

/** Reads a content type of gRPC (PROTOCOL-HTTP2, "Content-Type") or gRPC-Web; undefined for any other. */
export function grpcContentType(contentType: string | undefined): GrpcContentType | undefined {
  const match = contentType === undefined ? null : pattern.exec(contentType);
  if (match === null) return undefined;
  const [, value = '', web, text, format] = match;
  const codec =
    format === undefined || format === 'proto' ? protoCodec : format === 'json' ? jsonCodec : undefined;
  return {
    dialect: web === undefined ? 'grpc' : 'grpc-web',
    text: text !== undefined,
    codec,
    value: value.toLowerCase(),
  };
}
