import { create } from '@bufbuild/protobuf';
import { EchoRequestSchema } from '@busline/schemas/busline/bench/v1/bench';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { type Addresses, CALL_TIMEOUT_MS, type ClientSide } from '../subject.ts';
import { ECHO } from './definition.ts';

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
  };
}
