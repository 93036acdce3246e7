import { anyPack } from '@bufbuild/protobuf/wkt';
import {
  type IdempotentUnaryRequest,
  IdempotentUnaryRequestSchema,
  type UnaryRequest,
  UnaryRequestSchema,
} from '@busline/schemas/connectrpc/conformance/v1/service';
import type { HandlerContext } from '@connectrpc/connect';
import { answerOnce } from './answer-once.ts';

/** Both unary methods: they differ in how they may be called. */
export function unary(request: UnaryRequest | IdempotentUnaryRequest, context: HandlerContext) {
  const packed =
    request.$typeName === UnaryRequestSchema.typeName
      ? anyPack(UnaryRequestSchema, request)
      : anyPack(IdempotentUnaryRequestSchema, request);
  return answerOnce(request.responseDefinition, [packed], context);
}
