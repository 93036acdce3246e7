import { anyPack } from '@bufbuild/protobuf/wkt';
import {
  type ServerStreamRequest,
  ServerStreamRequestSchema,
} from '@busline/schemas/connectrpc/conformance/v1/service';
import type { HandlerContext } from '@connectrpc/connect';
import { setMetadata } from './answer-metadata.ts';
import { answerRest } from './answer-rest.ts';

export async function* serverStream(request: ServerStreamRequest, context: HandlerContext) {
  const { responseDefinition: definition } = request;
  setMetadata(context, definition);
  const requests = [anyPack(ServerStreamRequestSchema, request)];
  yield* answerRest({ definition, requests, answered: 0 }, context);
}
