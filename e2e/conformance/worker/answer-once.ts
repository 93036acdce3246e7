import { setTimeout as delay } from 'node:timers/promises';
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { Any } from '@bufbuild/protobuf/wkt';
import type {
  ConformancePayloadSchema,
  UnaryResponseDefinition,
} from '@busline/schemas/connectrpc/conformance/v1/service';
import type { HandlerContext } from '@connectrpc/connect';
import { setMetadata } from './answer-metadata.ts';
import { askedError } from './asked-error.ts';
import { requestInfo } from './request-info.ts';

/** The one answer to `requests`, as their definition has it. */
export async function answerOnce(
  definition: UnaryResponseDefinition | undefined,
  requests: readonly Any[],
  context: HandlerContext,
): Promise<{ payload: MessageInitShape<typeof ConformancePayloadSchema> }> {
  const info = requestInfo(context, requests);
  setMetadata(context, definition);
  await delay(definition?.responseDelayMs ?? 0, undefined, { signal: context.signal });
  const { response } = definition ?? {};
  if (response?.case === 'error') throw askedError(response.value, info);
  return {
    payload: { requestInfo: info, ...(response?.case === 'responseData' && { data: response.value }) },
  };
}
