import { Code, ConnectError } from '@connectrpc/connect';
import { type ContentCoding, compress, decompress, minCompressBytes } from '../../compression.ts';
import { HttpFault } from '../../http-fault.ts';
import { messageTooLarge } from './splitter.ts';

/** Codings of single messages, in the order in which they are offered. */
export const messageCodings = ['gzip', 'br'] as const;

/** As header fields list them. */
export const acceptedMessageCodings = messageCodings.join(',');

/**
 * The coding a field like `grpc-encoding` names; undefined for none.
 *
 * @throws ConnectError UNIMPLEMENTED for another, naming those there are (gRPC, "Message-Encoding")
 */
export function messageCodingOf(name: string | undefined): ContentCoding | undefined {
  if (name === undefined || name === '' || name === 'identity') return undefined;
  const coding = messageCodings.find((known) => known === name);
  if (coding !== undefined) return coding;
  throw new ConnectError(
    `the message encoding is not supported; use ${acceptedMessageCodings}`,
    Code.Unimplemented,
  );
}

/** The first coding of a list like `connect-accept-encoding` that the edge has. */
export function firstAccepted(list: string | undefined): ContentCoding | undefined {
  const names = list?.split(',').map((name) => name.trim());
  return names?.map((name) => messageCodings.find((known) => known === name)).find((known) => known);
}

/**
 * Unpacks one message.
 *
 * @throws ConnectError RESOURCE_EXHAUSTED when more than `maxBytes` would come out, before they are all made;
 * INVALID_ARGUMENT when the bytes are not what the coding says
 */
export async function unpackMessage(
  payload: Uint8Array,
  coding: ContentCoding,
  maxBytes: number,
): Promise<Uint8Array> {
  try {
    return await decompress(payload, coding, maxBytes);
  } catch (error) {
    if (error instanceof HttpFault) throw messageTooLarge(undefined, maxBytes);
    throw new ConnectError(`a message is not ${coding} data`, Code.InvalidArgument);
  }
}

/** Whether packing a message of this size pays. */
export function worthPacking(message: Uint8Array): boolean {
  return message.length >= minCompressBytes;
}

export async function packMessage(message: Uint8Array, coding: ContentCoding): Promise<Uint8Array> {
  return compress(message, coding);
}
