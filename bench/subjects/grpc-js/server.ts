import { create } from '@bufbuild/protobuf';
import {
  type EchoRequest,
  type EchoResponse,
  EchoResponseSchema,
  type GenerateRequest,
} from '@busline/schemas/busline/bench/v1/bench';
import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  Server,
  ServerCredentials,
} from '@grpc/grpc-js';
import { generatedPayload } from '../generated-payload.ts';
import type { ServerSide } from '../subject.ts';
import { ECHO, GENERATE } from './definition.ts';

const echo: handleUnaryCall<EchoRequest, EchoResponse> = (call, callback) => {
  callback(null, create(EchoResponseSchema, { payload: call.request.payload }));
};

const generate: handleServerStreamingCall<GenerateRequest, EchoResponse> = (call) => {
  const payload = generatedPayload(call.request.payloadBytes);
  let left = Number(call.request.count);
  const write = (): void => {
    while (left > 0 && !call.cancelled) {
      left -= 1;
      if (!call.write(create(EchoResponseSchema, { payload }))) {
        call.once('drain', write);
        return;
      }
    }
    call.end();
  };
  write();
};

export async function serve(): Promise<ServerSide> {
  const server = new Server();
  server.addService({ echo: ECHO, generate: GENERATE }, { echo, generate });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  return { address: `127.0.0.1:${port}` };
}
