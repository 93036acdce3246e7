import { fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  type EchoRequest,
  EchoRequestSchema,
  type EchoResponse,
  EchoResponseSchema,
  EchoService,
} from '@busline/schemas/busline/bench/v1/bench';
import type { MethodDefinition } from '@grpc/grpc-js';

/** The method as grpc-js wants it described, on the same generated messages as every other subject. */
export const ECHO: MethodDefinition<EchoRequest, EchoResponse> = {
  path: `/${EchoService.typeName}/Echo`,
  requestStream: false,
  responseStream: false,
  requestSerialize: (message) => Buffer.from(toBinary(EchoRequestSchema, message)),
  requestDeserialize: (bytes) => fromBinary(EchoRequestSchema, bytes),
  responseSerialize: (message) => Buffer.from(toBinary(EchoResponseSchema, message)),
  responseDeserialize: (bytes) => fromBinary(EchoResponseSchema, bytes),
};
