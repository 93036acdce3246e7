import { create } from '@bufbuild/protobuf';
import {
  type EchoRequest,
  type EchoResponse,
  EchoResponseSchema,
} from '@busline/schemas/busline/bench/v1/bench';
import { type handleUnaryCall, Server, ServerCredentials } from '@grpc/grpc-js';
import type { ServerSide } from '../subject.ts';
import { ECHO } from './definition.ts';

const echo: handleUnaryCall<EchoRequest, EchoResponse> = (call, callback) => {
  callback(null, create(EchoResponseSchema, { payload: call.request.payload }));
};

export async function serve(): Promise<ServerSide> {
  const server = new Server();
  server.addService({ echo: ECHO }, { echo });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  return { address: `127.0.0.1:${port}` };
}
