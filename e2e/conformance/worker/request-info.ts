import type { MessageInitShape } from '@bufbuild/protobuf';
import type { Any } from '@bufbuild/protobuf/wkt';
import type { ConformancePayload_RequestInfoSchema } from '@busline/schemas/connectrpc/conformance/v1/service';
import type { HandlerContext } from '@connectrpc/connect';

/**
 * Longest deadline that counts as the client's own, in milliseconds. On the bus a call always has a deadline, so the
 * edge under test gives an hour to those that ask for none (`server-under-test.ts`), and the tests ask for seconds.
 */
const longestAskedMs = 60_000;

/** What arrived of a request: the echo that the tests compare with what was sent. */
export function requestInfo(
  { requestHeader, timeoutMs }: HandlerContext,
  requests: readonly Any[],
): MessageInitShape<typeof ConformancePayload_RequestInfoSchema> {
  const leftMs = timeoutMs();
  return {
    requestHeaders: [...requestHeader].map(([name, value]) => ({ name, value: [value] })),
    ...(leftMs !== undefined && leftMs <= longestAskedMs && { timeoutMs: BigInt(Math.round(leftMs)) }),
    requests: [...requests],
  };
}
