import type { WireType } from '@bufbuild/protobuf/wire';

/**
 * How many messages may enclose one another: protobuf's own default, so that what the edge writes can be read. A
 * `google.protobuf.Value` counts, and so does the Struct or list in it.
 */
export const maxMessageDepth = 100;

/** Tag of a field as it stands before each of its values (protobuf encoding, "Message structure"). */
export function tag(fieldNumber: number, wireType: WireType): number {
  return ((fieldNumber << 3) | wireType) >>> 0;
}
