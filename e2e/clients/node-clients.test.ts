import { createRegistry } from '@bufbuild/protobuf';
import { file_connectrpc_conformance_v1_service } from '@busline/schemas/connectrpc/conformance/v1/service';
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from '@connectrpc/connect-node';
import { credentials } from '@grpc/grpc-js';
import { afterAll, beforeAll } from 'vitest';
import { type Edges, startEdges } from './edges.ts';
import { createGrpcJsTransport } from './grpc-js-transport.ts';
import { describeClient } from './testing/expect-whole-service.ts';

// The clients that TypeScript users have, against the real edge as a process of its own.
let edges: Edges;
beforeAll(async () => {
  edges = await startEdges();
});
afterAll(() => edges[Symbol.asyncDispose]());

const tls = () => ({ baseUrl: edges.tls, nodeOptions: { ca: edges.ca } });
const cleartext = () => ({ baseUrl: edges.cleartext });
/** For the requests that come back inside of `google.protobuf.Any`. */
const registry = createRegistry(file_connectrpc_conformance_v1_service);
const http1 = { httpVersion: '1.1' } as const;
const http2 = { httpVersion: '2' } as const;

for (const kind of [
  {
    name: 'connect-node, Connect, HTTP/1.1',
    transport: () => createConnectTransport({ ...cleartext(), ...http1 }),
    fullDuplex: false,
  },
  {
    name: 'connect-node, Connect JSON, h2c',
    transport: () =>
      createConnectTransport({ ...cleartext(), ...http2, useBinaryFormat: false, jsonOptions: { registry } }),
    fullDuplex: true,
  },
  {
    name: 'connect-node, Connect, HTTP/1.1 over TLS',
    transport: () => createConnectTransport({ ...tls(), ...http1 }),
    fullDuplex: false,
  },
  {
    name: 'connect-node, Connect, HTTP/2 over TLS',
    transport: () => createConnectTransport({ ...tls(), ...http2 }),
    fullDuplex: true,
  },
  { name: 'connect-node, gRPC, h2c', transport: () => createGrpcTransport(cleartext()), fullDuplex: true },
  { name: 'connect-node, gRPC, TLS', transport: () => createGrpcTransport(tls()), fullDuplex: true },
  {
    name: 'connect-node, gRPC-Web, HTTP/1.1',
    transport: () => createGrpcWebTransport({ ...cleartext(), ...http1 }),
    fullDuplex: false,
  },
  {
    name: 'connect-node, gRPC-Web, HTTP/2 over TLS',
    transport: () => createGrpcWebTransport({ ...tls(), ...http2 }),
    fullDuplex: true,
  },
  {
    name: 'grpc-js, h2c',
    transport: () => createGrpcJsTransport(new URL(edges.cleartext).host, credentials.createInsecure()),
    fullDuplex: true,
  },
  {
    name: 'grpc-js, TLS',
    transport: () =>
      createGrpcJsTransport(new URL(edges.tls).host, credentials.createSsl(Buffer.from(edges.ca))),
    fullDuplex: true,
  },
]) {
  describeClient(kind);
}
