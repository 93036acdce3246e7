import { create, type DescMessage, fromBinary, type JsonObject, toJson } from '@bufbuild/protobuf';
import {
  type DeadLetter,
  type DeadLetterRecord,
  DeadLetterSchema,
} from '@busline/schemas/busline/deadletters/v1/deadletters';
import { redacted } from '../../redaction/redacted.ts';
import { typesOfFile } from '../../redaction/types-of-file.ts';

/**
 * A dead letter as people see it: with the event as JSON where its contract is known, without what is marked `debug_redact`;
 * with its bytes where it is not known.
 */
export function shownLetter(record: DeadLetterRecord, schema: DescMessage | undefined): DeadLetter {
  const edited = record.editedBody.length > 0;
  const bytes = edited ? record.editedBody : record.body;
  const event = schema === undefined ? undefined : decoded(schema, bytes);
  const letter = record.letter ?? create(DeadLetterSchema);
  return event === undefined
    ? { ...letter, edited, eventHex: Buffer.from(bytes).toString('hex') }
    : { ...letter, edited, event };
}

function decoded(schema: DescMessage, bytes: Uint8Array): JsonObject | undefined {
  try {
    // Defaults are written out: whoever corrects an event should see every field there is.
    const json = toJson(schema, redacted(schema, fromBinary(schema, bytes)), {
      alwaysEmitImplicit: true,
      registry: typesOfFile(schema.file),
    });
    return typeof json === 'object' && json !== null && !Array.isArray(json) ? json : undefined;
  } catch {
    return undefined;
  }
}
