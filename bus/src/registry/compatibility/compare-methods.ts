import type { DescMethod } from '@bufbuild/protobuf';
import { MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt';
import { type BreakingChange, breaking } from './breaking-change.ts';

/** Two versions of one method. */
export function compareMethods(before: DescMethod, after: DescMethod): BreakingChange[] {
  const path = `${before.parent.typeName}.${before.name}`;
  const changes: BreakingChange[] = [];
  const compare = (rule: Parameters<typeof breaking>[0], what: string, was: string, is: string): void => {
    if (was === is) return;
    changes.push(breaking(rule, path, `${what} changed from ${was} to ${is}; add a new method instead`));
  };
  compare('RPC_SAME_REQUEST_TYPE', 'the request type', before.input.typeName, after.input.typeName);
  compare('RPC_SAME_RESPONSE_TYPE', 'the response type', before.output.typeName, after.output.typeName);
  compare(
    'RPC_SAME_CLIENT_STREAMING',
    'the request',
    howMany(before.proto.clientStreaming),
    howMany(after.proto.clientStreaming),
  );
  compare(
    'RPC_SAME_SERVER_STREAMING',
    'the response',
    howMany(before.proto.serverStreaming),
    howMany(after.proto.serverStreaming),
  );
  compare(
    'RPC_SAME_IDEMPOTENCY_LEVEL',
    'idempotency_level',
    MethodOptions_IdempotencyLevel[before.idempotency],
    MethodOptions_IdempotencyLevel[after.idempotency],
  );
  return changes;
}

function howMany(streaming: boolean): string {
  return streaming ? 'a stream of messages' : 'one message';
}
