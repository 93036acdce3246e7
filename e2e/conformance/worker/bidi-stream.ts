import { setTimeout as delay } from 'node:timers/promises';
import { type Any, anyPack } from '@bufbuild/protobuf/wkt';
import {
  type BidiStreamRequest,
  BidiStreamRequestSchema,
  type StreamResponseDefinition,
} from '@busline/schemas/connectrpc/conformance/v1/service';
import type { HandlerContext } from '@connectrpc/connect';
import { setMetadata } from './answer-metadata.ts';
import { answerRest } from './answer-rest.ts';
import { requestInfo } from './request-info.ts';

/** Full duplex: one answer to each request as it comes. Half duplex: all answers after the last request. */
export async function* bidiStream(requests: AsyncIterable<BidiStreamRequest>, context: HandlerContext) {
  let definition: StreamResponseDefinition | undefined;
  let fullDuplex = false;
  let received: Any[] = [];
  let isFirst = true;
  let answered = 0;
  for await (const request of requests) {
    if (isFirst) {
      isFirst = false;
      ({ responseDefinition: definition, fullDuplex } = request);
      setMetadata(context, definition);
    }
    received.push(anyPack(BidiStreamRequestSchema, request));
    if (!fullDuplex) continue;
    const data = definition?.responseData[answered];
    // No answer is left: what remains is the error that was asked for.
    if (data === undefined) break;
    await delay(definition?.responseDelayMs, undefined, { signal: context.signal });
    const info = answered === 0 ? requestInfo(context, received) : { requests: received };
    yield { payload: { data, requestInfo: info } };
    answered++;
    received = [];
  }
  yield* answerRest({ definition, requests: received, answered }, context);
}
