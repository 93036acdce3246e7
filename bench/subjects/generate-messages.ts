import type { GenerateRequest } from '@busline/schemas/busline/bench/v1/bench';
import { generatedPayload } from './generated-payload.ts';

/** The handler of `Generate`, for every subject that takes Connect's handlers. */
export async function* generateMessages({
  count,
  payloadBytes,
}: GenerateRequest): AsyncGenerator<{ payload: Uint8Array }> {
  const payload = generatedPayload(payloadBytes);
  const total = Number(count);
  for (let n = 0; n < total; n++) yield { payload };
}
