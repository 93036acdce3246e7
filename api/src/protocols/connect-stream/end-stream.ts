import type { JsonValue, Registry } from '@bufbuild/protobuf';
import type { ConnectError } from '@connectrpc/connect';
import { errorJson } from '../connect/error.ts';
import { envelope } from '../envelope/prefix.ts';
import { isReplyMetadata } from '../header-names.ts';

/** Flag of the last envelope (Connect protocol, "Envelope-Flags"). */
export const endStreamFlag = 0b0000_0010;

/** How a stream ended, and its trailers, as the last message of the body (Connect protocol, "EndStreamResponse"). */
export function endStream(
  trailer: Headers,
  error: ConnectError | undefined,
  registry: Registry | undefined,
): Uint8Array[] {
  const metadata: Record<string, string[]> = {};
  for (const [name, value] of trailer) {
    if (isReplyMetadata(name)) metadata[name] = [value];
  }
  const message: JsonValue = {
    ...(error !== undefined && { error: errorJson(error, registry) }),
    ...(Object.keys(metadata).length > 0 && { metadata }),
  };
  return envelope(endStreamFlag, Buffer.from(JSON.stringify(message)));
}
