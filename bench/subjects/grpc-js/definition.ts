import { fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  type EchoRequest,
  EchoRequestSchema,
  type EchoResponse,
  EchoResponseSchema,
  EchoService,
  type GenerateRequest,
  GenerateRequestSchema,
} from '@busline/schemas/busline/bench/v1/bench';
import type { MethodDefinition } from '@grpc/grpc-js';

/** The methods as grpc-js wants them described, on the same generated messages as every other subject. */
export const ECHO: MethodDefinition<EchoRequest, EchoResponse> = {
  path: `/${EchoService.typeName}/Echo`,
  requestStream: false,
  responseStream: false,
  requestSerialize: (message) => Buffer.from(toBinary(EchoRequestSchema, message)),
  requestDeserialize: (bytes) => fromBinary(EchoRequestSchema, bytes),
  responseSerialize: (message) => Buffer.from(toBinary(EchoResponseSchema, message)),
  responseDeserialize: (bytes) => fromBinary(EchoResponseSchema, bytes),
};

export const GENERATE: MethodDefinition<GenerateRequest, EchoResponse> = {
  path: `/${EchoService.typeName}/Generate`,
  requestStream: false,
  responseStream: true,
  requestSerialize: (message) => Buffer.from(toBinary(GenerateRequestSchema, message)),
  requestDeserialize: (bytes) => fromBinary(GenerateRequestSchema, bytes),
  responseSerialize: ECHO.responseSerialize,
  responseDeserialize: ECHO.responseDeserialize,
};
