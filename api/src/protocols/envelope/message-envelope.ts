import type { ContentCoding } from '../../compression.ts';
import type { MethodRecord } from '../../method-record.ts';
import type { Codec } from '../codec.ts';
import type { Pieces } from '../protocol.ts';
import { packMessage, worthPacking } from './message-coding.ts';
import { envelope, packedFlag } from './prefix.ts';

/** What the form of replies depends on. */
export interface EnvelopedCall {
  readonly record: MethodRecord;
  readonly codec: Codec;
  readonly replyCoding: ContentCoding | undefined;
}

/** A reply in its envelope, packed where that was agreed on and pays. @throws Error for bytes that are no such message */
export function messageEnvelope(call: EnvelopedCall, message: Uint8Array): Pieces | Promise<Pieces> {
  const encoded = call.codec.encodeResponse(call.record, message);
  const payload = typeof encoded === 'string' ? Buffer.from(encoded) : encoded;
  if (call.replyCoding === undefined || !worthPacking(payload)) return envelope(0, payload);
  return packMessage(payload, call.replyCoding).then((packed) => envelope(packedFlag, packed));
}
