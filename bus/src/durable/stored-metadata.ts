import { traceparentField, tracestateField } from '../wire/request.ts';

/** What of a call's metadata is stored with it. */
export interface StoredMetadata {
  readonly fields: readonly { readonly name: string; readonly value: string }[];
  readonly traceparent: string | undefined;
  readonly tracestate: string | undefined;
}

/**
 * Fields that are not kept: credentials, which would outlive their call on a disk, and what was said to the edge about
 * the answer.
 */
const notStored: ReadonlySet<string> = new Set([
  'authorization',
  'proxy-authorization',
  'x-api-key',
  'cookie',
  'prefer',
  'idempotency-key',
  'grpc-timeout',
]);

export function storedMetadata(metadata: Iterable<readonly [name: string, value: string]>): StoredMetadata {
  const fields: { name: string; value: string }[] = [];
  let traceparent: string | undefined;
  let tracestate: string | undefined;
  for (const [rawName, value] of metadata) {
    const name = rawName.toLowerCase();
    if (name === traceparentField) traceparent = value;
    else if (name === tracestateField) tracestate = value;
    else if (!notStored.has(name)) fields.push({ name, value });
  }
  return { fields, traceparent, tracestate };
}
