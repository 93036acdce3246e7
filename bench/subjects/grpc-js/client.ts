import { create } from '@bufbuild/protobuf';
import {
  EchoRequestSchema,
  type EchoResponse,
  GenerateRequestSchema,
} from '@busline/schemas/busline/bench/v1/bench';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { type Addresses, CALL_TIMEOUT_MS, type ClientSide, ENDLESS_COUNT } from '../subject.ts';
import { ECHO, GENERATE } from './definition.ts';

export async function dial({ address }: Addresses): Promise<ClientSide> {
  const client = new Client(address, credentials.createInsecure());
  await new Promise<void>((resolve, reject) => {
    client.waitForReady(Date.now() + CALL_TIMEOUT_MS, (error) => {
      if (error === undefined) resolve();
      else reject(error);
    });
  });
  return {
    echo: (payload) =>
      new Promise((resolve, reject) => {
        client.makeUnaryRequest(
          ECHO.path,
          ECHO.requestSerialize,
          ECHO.responseDeserialize,
          create(EchoRequestSchema, { payload }),
          new Metadata(),
          { deadline: Date.now() + CALL_TIMEOUT_MS },
          (error, reply) => {
            if (reply !== undefined) resolve(reply.payload);
            else reject(error);
          },
        );
      }),
    // By events and not by `for await`, which grpc-js's streams would be slower with.
    generate: ({ payloadBytes, timeoutMs, signal, onMessage }) =>
      new Promise((resolve, reject) => {
        const stream = client.makeServerStreamRequest(
          GENERATE.path,
          GENERATE.requestSerialize,
          GENERATE.responseDeserialize,
          create(GenerateRequestSchema, { count: ENDLESS_COUNT, payloadBytes }),
          new Metadata(),
          { deadline: Date.now() + timeoutMs },
        );
        signal.addEventListener('abort', () => stream.cancel(), { once: true });
        stream.on('data', ({ payload }: EchoResponse) => {
          try {
            onMessage(payload);
          } catch (error) {
            stream.cancel();
            reject(error);
          }
        });
        stream.on('end', resolve);
        stream.on('error', reject);
      }),
  };
}
