import { type Any, anyPack } from '@bufbuild/protobuf/wkt';
import {
  type ClientStreamRequest,
  ClientStreamRequestSchema,
  type UnaryResponseDefinition,
} from '@busline/schemas/connectrpc/conformance/v1/service';
import type { HandlerContext } from '@connectrpc/connect';
import { answerOnce } from './answer-once.ts';

/** Reads all requests; the first one says how to answer. */
export async function clientStream(requests: AsyncIterable<ClientStreamRequest>, context: HandlerContext) {
  const received: Any[] = [];
  let definition: UnaryResponseDefinition | undefined;
  for await (const request of requests) {
    if (received.length === 0) definition = request.responseDefinition;
    received.push(anyPack(ClientStreamRequestSchema, request));
  }
  return answerOnce(definition, received, context);
}
