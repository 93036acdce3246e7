import type { Transport } from '@connectrpc/connect';
import {
  type CommonTransportOptions,
  type UniversalClientFn,
  universalClientResponseFromFetch,
} from '@connectrpc/connect/protocol';
import { createTransport as createConnectTransport } from '@connectrpc/connect/protocol-connect';
import { createTransport as createGrpcTransport } from '@connectrpc/connect/protocol-grpc';
import { createTransport as createGrpcWebTransport } from '@connectrpc/connect/protocol-grpc-web';
import type { CommandContext } from '../program/command-context.ts';
import { bodyOf, edgeFetch } from './edge-fetch.ts';
import { http2Client } from './http2-client.ts';

/** How the edge is spoken to: by Connect with JSON or with protobuf, by gRPC, by gRPC-Web. */
export const edgeProtocols = ['connect-json', 'connect', 'grpc', 'grpc-web'] as const;
export type EdgeProtocol = (typeof edgeProtocols)[number];

/** Connect's `Transport` to the edge: HTTP/1.1 for unary calls, which passes every proxy, and HTTP/2 for streams and gRPC. */
export function edgeTransport(context: CommandContext, protocol: EdgeProtocol = 'connect'): Transport {
  const create =
    protocol === 'grpc'
      ? createGrpcTransport
      : protocol === 'grpc-web'
        ? createGrpcWebTransport
        : createConnectTransport;
  const options = (httpClient: UniversalClientFn): CommonTransportOptions => ({
    httpClient,
    baseUrl: context.settings.edge,
    useBinaryFormat: protocol !== 'connect-json',
    interceptors: [],
    acceptCompression: [],
    sendCompression: null,
    compressMinBytes: 1024,
    readMaxBytes: 0xffffffff,
    writeMaxBytes: 0xffffffff,
  });
  const streams = create(options(http2Client(context)));
  const calls = protocol === 'grpc' ? streams : create(options(fetchClient(context)));
  return { unary: calls.unary.bind(calls), stream: streams.stream.bind(streams) };
}

function fetchClient(context: CommandContext): UniversalClientFn {
  const send = edgeFetch(context);
  return async ({ url, method, header, signal, body }) => {
    // `fetch` would ask for compression, undo it, and leave the headers that tell of it.
    header.set('accept-encoding', 'identity');
    return universalClientResponseFromFetch(
      await send(url, { method, headers: header, ...(signal && { signal }), ...(body && bodyOf(body)) }),
    );
  };
}
