import { Code, ConnectError } from '@connectrpc/connect';
import type { CallFate } from '../errors/fault.ts';
import {
  encodeHeaderBlock,
  headerLine,
  headerPreamble,
  headerStatus,
  readHeaderBlock,
} from './header-block.ts';
import { isUserMetadata, metadataLines } from './metadata.ts';
import { appendLeniently } from './request.ts';
import { decodeStatus, encodeStatus, isErrorCode } from './status.ts';

/** NATS micro's error fields (ADR-32), so that any NATS client sees an error as one. */
export const errorCodeField = 'Nats-Service-Error-Code';
export const errorTextField = 'Nats-Service-Error';

/**
 * What became of the call at this very hop, on errors that the bus made: `never-started` or `may-have-run`. Absent
 * where the handler answered for itself.
 */
export const fateField = 'bl-fate';

const trailerPrefix = 'trailer-';

/** Broker status for a request that nobody is subscribed to (NATS protocol, "no responders"). */
const noRespondersStatus = 503;

/** A reply as the caller sees it (docs/protocol.md, "Reply"). */
export type Reply =
  | { readonly kind: 'message' }
  | { readonly kind: 'no-responders' }
  | { readonly kind: 'error'; readonly error: ConnectError; readonly fate: CallFate | undefined };

const message: Reply = { kind: 'message' };

/** Header block of a successful reply, or undefined when there is nothing to say: most replies have none. */
export function encodeReplyHead(
  header: Headers | undefined,
  trailer: Headers | undefined,
): Uint8Array | undefined {
  let lines = '';
  if (header !== undefined) lines += metadataLines(header);
  if (trailer !== undefined) lines += metadataLines(trailer, trailerPrefix);
  return lines === '' ? undefined : encodeHeaderBlock(headerPreamble + lines);
}

/**
 * Head and body of an error reply.
 *
 * @throws Error when a detail is no message of its own type.
 */
export function encodeErrorReply(
  error: ConnectError,
  fate: CallFate | undefined,
): { head: Uint8Array; body: Uint8Array } {
  let lines = headerPreamble;
  lines += headerLine(errorCodeField, error.code);
  lines += headerLine(errorTextField, oneLine(error.rawMessage));
  if (fate !== undefined) lines += headerLine(fateField, fate);
  lines += userLines(error.metadata);
  return { head: encodeHeaderBlock(lines), body: encodeStatus(error) };
}

/** Tells what a reply is. `block` is undefined for a message without headers. */
export function readReply(block: Uint8Array | undefined, body: Uint8Array): Reply {
  if (block === undefined) return message;
  const status = headerStatus(block);
  if (status === noRespondersStatus) return { kind: 'no-responders' };
  let code: string | undefined;
  let text = '';
  let fate: CallFate | undefined;
  readHeaderBlock(block, (name, value) => {
    if (name === errorCodeField) code = value;
    else if (name === errorTextField) text = value;
    else if (name === fateField && (value === 'never-started' || value === 'may-have-run')) fate = value;
  });
  if (code === undefined) return message;
  const metadata = readReplyMetadata(block);
  for (const [name, value] of metadata.trailer) metadata.header.append(name, value);
  const error =
    decodeStatus(body, metadata.header) ?? new ConnectError(text, codeFromField(code), metadata.header);
  return { kind: 'error', error, fate };
}

/** The handler's header and trailer metadata. */
export function readReplyMetadata(block: Uint8Array | undefined): { header: Headers; trailer: Headers } {
  const header = new Headers();
  const trailer = new Headers();
  if (block === undefined) return { header, trailer };
  readHeaderBlock(block, (name, value) => {
    if (name.startsWith(trailerPrefix)) appendLeniently(trailer, name.slice(trailerPrefix.length), value);
    else if (isUserMetadata(name)) appendLeniently(header, name, value);
  });
  return { header, trailer };
}

/**
 * Code of an error reply without a `Status` body, as a worker without our library sends it. 1 to 16 are gRPC
 * codes; NATS micro services mostly send HTTP statuses.
 */
function codeFromField(value: string): Code {
  const number = Number(value);
  if (isErrorCode(number)) return number;
  return codeByHttpStatus.get(number) ?? Code.Unknown;
}

const codeByHttpStatus: ReadonlyMap<number, Code> = new Map([
  [400, Code.InvalidArgument],
  [401, Code.Unauthenticated],
  [403, Code.PermissionDenied],
  [404, Code.NotFound],
  [408, Code.DeadlineExceeded],
  [409, Code.Aborted],
  [429, Code.ResourceExhausted],
  [499, Code.Canceled],
  [500, Code.Internal],
  [501, Code.Unimplemented],
  [503, Code.Unavailable],
  [504, Code.DeadlineExceeded],
]);

/** Longest error text in the header; the whole text is in the body. */
const maxHeaderTextLength = 256;

const notPrintableAscii = /[^\u0020-\u007e]+/g;

function oneLine(text: string): string {
  return text.replace(notPrintableAscii, ' ').slice(0, maxHeaderTextLength);
}

// An error's metadata can come from another service's reply; what cannot travel on is dropped, because the error
// itself must arrive.
function userLines(metadata: Headers): string {
  let lines = '';
  for (const field of metadata) {
    try {
      lines += metadataLines([field]);
    } catch {
      // A reserved name or an unprintable value.
    }
  }
  return lines;
}
