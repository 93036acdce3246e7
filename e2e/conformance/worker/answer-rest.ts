import { setTimeout as delay } from 'node:timers/promises';
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { Any } from '@bufbuild/protobuf/wkt';
import type {
  ConformancePayloadSchema,
  StreamResponseDefinition,
} from '@busline/schemas/connectrpc/conformance/v1/service';
import type { HandlerContext } from '@connectrpc/connect';
import { askedError } from './asked-error.ts';
import { requestInfo } from './request-info.ts';

/** A stream of answers under way. */
export interface AnswersUnderWay {
  readonly definition: StreamResponseDefinition | undefined;
  /** What arrived since the last answer. */
  readonly requests: readonly Any[];
  /** How many answers were given. */
  readonly answered: number;
}

/** Gives the answers that are left, then the error if one is asked for. The first answer of a call echoes its requests. */
export async function* answerRest(
  { definition, requests, answered }: AnswersUnderWay,
  context: HandlerContext,
): AsyncGenerator<{ payload: MessageInitShape<typeof ConformancePayloadSchema> }> {
  if (definition === undefined) return;
  const { responseData, responseDelayMs, error } = definition;
  for (const [index, data] of responseData.entries()) {
    if (index < answered) continue;
    await delay(responseDelayMs, undefined, { signal: context.signal });
    yield { payload: { data, ...(index === 0 && { requestInfo: requestInfo(context, requests) }) } };
  }
  if (error === undefined) return;
  const echoed = answered > 0 || responseData.length > 0;
  throw askedError(error, echoed ? undefined : requestInfo(context, requests));
}
