import {
  encodeHeaderBlock,
  type HeaderField,
  headerLine,
  headerPreamble,
  readHeaderBlock,
} from './header-block.ts';
import { isUserMetadata, metadataLines } from './metadata.ts';

/** What a request says besides its message (docs/protocol.md, "Request"). */
export interface RequestHead {
  /** Time left for the call, in milliseconds, relative to its arrival. */
  readonly timeoutMs: number;
  /** W3C trace context, if the caller is part of a trace. One in the metadata goes before it. */
  readonly traceparent?: string | undefined;
  readonly tracestate?: string | undefined;
  /** Who the call is made for, as an edge has verified it; base64. */
  readonly identity?: string | undefined;
  /** The caller's metadata. */
  readonly metadata?: Iterable<HeaderField> | undefined;
}

/** Relative deadline in whole milliseconds. Always present; a request without one gets the worker's default. */
export const timeoutField = 'bl-timeout';
export const traceparentField = 'traceparent';
export const tracestateField = 'tracestate';
/** Whom the call is made for (docs/protocol.md, "Identity"). */
export const identityField = 'bl-identity';
/** Opens a stream: bytes the worker may send before the caller has taken any. */
export const streamField = 'bl-stream';

/** Longest deadline the wire carries: the longest delay of a Node.js timer, about 24.8 days. */
export const maxTimeoutMs = 2 ** 31 - 1;

// A default deadline without trace or metadata is the commonest head there is. Only round values are kept: what is
// left of a deadline at the second hop hardly ever comes twice.
const plainHeads = new Map<number, Uint8Array>();
const maxPlainHeads = 64;
const roundMs = 100;

/**
 * The header block of a request.
 *
 * @throws ConnectError INVALID_ARGUMENT for metadata that cannot travel (see `metadataLines`).
 */
export function encodeRequestHead(head: RequestHead): Uint8Array {
  const timeoutMs = Math.min(maxTimeoutMs, Math.max(1, Math.ceil(head.timeoutMs)));
  if (head.traceparent === undefined && head.metadata === undefined && head.identity === undefined) {
    const known = plainHeads.get(timeoutMs);
    if (known) return known;
    const block = encodeHeaderBlock(headerPreamble + headerLine(timeoutField, timeoutMs));
    if (timeoutMs % roundMs === 0 && plainHeads.size < maxPlainHeads) plainHeads.set(timeoutMs, block);
    return block;
  }
  let lines = headerPreamble + headerLine(timeoutField, timeoutMs);
  const metadata = head.metadata === undefined ? '' : metadataLines(head.metadata);
  if (head.traceparent !== undefined && !hasLine(metadata, traceparentField)) {
    lines += headerLine(traceparentField, head.traceparent);
    if (head.tracestate) lines += headerLine(tracestateField, head.tracestate);
  }
  if (head.identity !== undefined) lines += headerLine(identityField, head.identity);
  lines += metadata;
  return encodeHeaderBlock(lines);
}

function hasLine(lines: string, name: string): boolean {
  return lines.startsWith(`${name}: `) || lines.includes(`\r\n${name}: `);
}

/** The header block of the opening of a stream. */
export function encodeStreamRequestHead(head: RequestHead & { readonly windowBytes: number }): Uint8Array {
  const block = encodeRequestHead(head);
  // In place of the empty line that ends the block.
  return Buffer.concat([block.subarray(0, -2), encodeStreamLine(head.windowBytes)]);
}

function encodeStreamLine(windowBytes: number): Uint8Array {
  return Buffer.from(`${headerLine(streamField, windowBytes)}\r\n`, 'latin1');
}

/** What the worker reads first; metadata is read only when a handler asks for it. */
export interface RequestEnvelope {
  readonly timeoutMs: number | undefined;
  readonly traceparent: string | undefined;
  readonly tracestate: string | undefined;
  readonly identity: string | undefined;
  /** Window of the caller, where the request opens a stream. */
  readonly windowBytes: number | undefined;
}

const emptyEnvelope: RequestEnvelope = {
  timeoutMs: undefined,
  traceparent: undefined,
  tracestate: undefined,
  identity: undefined,
  windowBytes: undefined,
};

/**
 * Reads deadline, trace and identity. A deadline that is not a positive whole number counts as absent: a caller in another
 * language must not lose its call over a header, and the worker's default still bounds it.
 */
export function readRequestEnvelope(block: Uint8Array | undefined): RequestEnvelope {
  if (block === undefined) return emptyEnvelope;
  const plain = readPlainHead(block);
  if (plain !== undefined) return plain;
  let timeoutMs: number | undefined;
  let traceparent: string | undefined;
  let tracestate: string | undefined;
  let identity: string | undefined;
  let windowBytes: number | undefined;
  readHeaderBlock(block, (name, value) => {
    if (name === timeoutField) timeoutMs = parseCount(value);
    else if (name === traceparentField) traceparent = value;
    else if (name === tracestateField) tracestate = value;
    else if (name === identityField) identity = value;
    else if (name === streamField) windowBytes = parseCount(value);
  });
  return { timeoutMs, traceparent, tracestate, identity, windowBytes };
}

const blockEnd = Buffer.from('\r\n\r\n', 'latin1');
const plainStart = Buffer.from(`${headerPreamble}${timeoutField}: `, 'latin1');

/**
 * Reads the head that `encodeRequestHead` writes for a call without trace and metadata, from its bytes: by far the
 * commonest, and no string need be made of it. Undefined for any other.
 */
function readPlainHead(block: Uint8Array): RequestEnvelope | undefined {
  // Up to ten digits, then an empty line ends the block.
  const digitsEnd = block.length - blockEnd.length;
  if (digitsEnd <= plainStart.length || digitsEnd > plainStart.length + 10) return undefined;
  for (let at = plainStart.length - 1; at >= 0; at--) {
    if (block[at] !== plainStart[at]) return undefined;
  }
  for (let at = 0; at < blockEnd.length; at++) {
    if (block[digitsEnd + at] !== blockEnd[at]) return undefined;
  }
  let timeoutMs = 0;
  for (let at = plainStart.length; at < digitsEnd; at++) {
    const digit = (block[at] as number) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    timeoutMs = timeoutMs * 10 + digit;
  }
  if (timeoutMs === 0) return emptyEnvelope;
  return {
    timeoutMs: Math.min(timeoutMs, maxTimeoutMs),
    traceparent: undefined,
    tracestate: undefined,
    identity: undefined,
    windowBytes: undefined,
  };
}

/** The caller's metadata as Fetch `Headers`; fields of the bus are left out, malformed ones too. */
export function readRequestMetadata(block: Uint8Array | undefined): Headers {
  const headers = new Headers();
  if (block === undefined) return headers;
  readHeaderBlock(block, (name, value) => {
    if (isUserMetadata(name)) appendLeniently(headers, name, value);
  });
  return headers;
}

/** Appends a field from the wire; one that Fetch cannot hold (another client wrote it) is left out. */
export function appendLeniently(headers: Headers, name: string, value: string): void {
  try {
    headers.append(name, value);
  } catch {
    // Not a header by HTTP's rules, so no user of `Headers` could have asked for it.
  }
}

const timeoutShape = /^[0-9]{1,10}$/;

function parseCount(value: string): number | undefined {
  if (!timeoutShape.test(value)) return undefined;
  const count = Number(value);
  return count > 0 ? Math.min(count, maxTimeoutMs) : undefined;
}
