import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { Code } from '@busline/schemas/connectrpc/conformance/v1/config';
import {
  BidiStreamRequestSchema,
  BidiStreamResponseSchema,
  ClientStreamRequestSchema,
  ClientStreamResponseSchema,
  ConformanceService,
  ServerStreamRequestSchema,
  ServerStreamResponseSchema,
  UnaryRequestSchema,
  UnaryResponseSchema,
} from '@busline/schemas/connectrpc/conformance/v1/service';
import { StatusSchema } from '@busline/schemas/google/rpc/status';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Edges, startEdges } from './edges.ts';
import { findPython, type PythonGrpc, startPythonGrpc } from './python-grpc.ts';

const python = findPython();
if (python === undefined) console.log('grpcio: no Python here has it; its tests are skipped');

const { unary, serverStream, clientStream, bidiStream, unimplemented } = ConformanceService.method;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (data: Uint8Array | undefined): string => new TextDecoder().decode(data);
const unaryRequest = (init: MessageInitShape<typeof UnaryRequestSchema>) =>
  toBinary(UnaryRequestSchema, create(UnaryRequestSchema, init));
const streamRequest = (init: MessageInitShape<typeof ServerStreamRequestSchema>) =>
  toBinary(ServerStreamRequestSchema, create(ServerStreamRequestSchema, init));

describe.skipIf(python === undefined)('grpcio', () => {
  let edges: Edges;
  let clients: PythonGrpc[];
  beforeAll(async () => {
    edges = await startEdges();
    clients = [
      startPythonGrpc(python as string, new URL(edges.cleartext).host),
      startPythonGrpc(python as string, new URL(edges.tls).host, edges.caFile),
    ];
  });
  afterAll(async () => {
    await Promise.all((clients ?? []).map((client) => client.stop()));
    await edges?.[Symbol.asyncDispose]();
  });

  describe.each([
    ['h2c', 0],
    ['TLS', 1],
  ])('over %s', (_, index) => {
    const client = (): PythonGrpc => clients[index] ?? expect.fail('no client');

    it('makes a unary call, with metadata both ways', async () => {
      const { code, messages, header, trailer } = await client().call({
        method: unary,
        metadata: [['x-asked', 'yes']],
        requests: [
          unaryRequest({
            responseDefinition: {
              response: { case: 'responseData', value: bytes('tea') },
              responseHeaders: [{ name: 'x-answer', value: ['a'] }],
              responseTrailers: [{ name: 'x-after', value: ['c'] }],
            },
          }),
        ],
      });
      expect(code).toBe('OK');
      const { payload } = fromBinary(UnaryResponseSchema, messages[0] ?? expect.fail('no message'));
      expect(text(payload?.data)).toBe('tea');
      expect(payload?.requestInfo?.requestHeaders).toContainEqual(
        expect.objectContaining({ name: 'x-asked', value: ['yes'] }),
      );
      expect(header).toContainEqual(['x-answer', 'a']);
      expect(trailer).toContainEqual(['x-after', 'c']);
    });

    it('hears an error with code, text and details', async () => {
      const error = { code: Code.FAILED_PRECONDITION, message: 'not yet: ünïcode, 100 %' };
      const request = unaryRequest({ responseDefinition: { response: { case: 'error', value: error } } });
      const outcome = await client().call({ method: unary, requests: [request] });
      expect([outcome.code, outcome.text]).toEqual(['FAILED_PRECONDITION', error.message]);
      const [, details] =
        outcome.trailer.find(([name]) => name === 'grpc-status-details-bin') ?? expect.fail('no details');
      const status = fromBinary(StatusSchema, Buffer.from(details, 'base64'));
      expect(status).toMatchObject({ code: 9, message: error.message });
      expect(status.details).toHaveLength(1);
    });

    it('hears a stream, and an error after it', async () => {
      const error = { code: Code.ABORTED, message: 'enough' };
      const request = streamRequest({ responseDefinition: { responseData: ['a', 'b'].map(bytes), error } });
      const outcome = await client().call({ method: serverStream, requests: [request] });
      const heard = outcome.messages.map((message) =>
        text(fromBinary(ServerStreamResponseSchema, message).payload?.data),
      );
      expect([outcome.code, outcome.text, heard]).toEqual(['ABORTED', 'enough', ['a', 'b']]);
    });

    it('sends a stream', async () => {
      const first = create(ClientStreamRequestSchema, {
        responseDefinition: { response: { case: 'responseData', value: bytes('sum') } },
      });
      const requests = [first, create(ClientStreamRequestSchema), create(ClientStreamRequestSchema)].map(
        (request) => toBinary(ClientStreamRequestSchema, request),
      );
      const { code, messages } = await client().call({ method: clientStream, requests });
      const { payload } = fromBinary(ClientStreamResponseSchema, messages[0] ?? expect.fail('no message'));
      expect([code, text(payload?.data), payload?.requestInfo?.requests.length]).toEqual(['OK', 'sum', 3]);
    });

    it('holds a conversation', async () => {
      const requests = [
        { fullDuplex: true, responseDefinition: { responseData: ['ping', 'pong'].map(bytes) } },
        { requestData: bytes('b') },
      ].map((init) => toBinary(BidiStreamRequestSchema, create(BidiStreamRequestSchema, init)));
      const { code, messages } = await client().call({ method: bidiStream, requests });
      const heard = messages.map((message) =>
        text(fromBinary(BidiStreamResponseSchema, message).payload?.data),
      );
      expect([code, heard]).toEqual(['OK', ['ping', 'pong']]);
    });

    it('hears that its deadline has passed', async () => {
      const request = unaryRequest({ responseDefinition: { responseDelayMs: 30_000 } });
      const { code } = await client().call({ method: unary, requests: [request], timeoutSeconds: 0.2 });
      expect(code).toBe('DEADLINE_EXCEEDED');
    });

    it('gives up a call', async () => {
      const request = streamRequest({
        responseDefinition: { responseData: ['a', 'b'].map(bytes), responseDelayMs: 60 },
      });
      const outcome = await client().call({ method: serverStream, requests: [request], cancelAfter: 1 });
      expect([outcome.code, outcome.messages.length]).toEqual(['CANCELLED', 1]);
    });

    it('hears of a method that is not there', async () => {
      const { code } = await client().call({ method: unimplemented, requests: [new Uint8Array()] });
      expect(code).toBe('UNIMPLEMENTED');
    });
  });
});
