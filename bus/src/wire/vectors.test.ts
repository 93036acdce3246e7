import { readFileSync } from 'node:fs';
import { fromBinary } from '@bufbuild/protobuf';
import { ErrorInfoSchema } from '@busline/schemas/google/rpc/error_details';
import { ConnectError } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import type { CallFate } from '../errors/fault.ts';
import { encodeBundle, readBundle } from './bundle.ts';
import { createEnvelopeReader, EnvelopeError, envelopePrefix } from './envelope.ts';
import {
  decodeAccept,
  decodeEnd,
  decodePacket,
  encodeAccept,
  encodeEnd,
  encodePacket,
  type Frame,
  readU32,
  u32,
} from './packet.ts';
import { encodeErrorReply, encodeReplyHead, readReply, readReplyMetadata } from './reply.ts';
import {
  encodeRequestHead,
  encodeStreamRequestHead,
  readRequestEnvelope,
  readRequestMetadata,
} from './request.ts';

type Fields = readonly (readonly [string, string])[];

/** A file of docs/vectors: one list of cases under each of its other names. */
function load<T>(name: string): T & { readonly about: string } {
  const url = new URL(`../../../docs/vectors/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(url, 'utf8'));
}

const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');
const optionalBytes = (hex: string | null): Buffer | undefined => (hex === null ? undefined : bytes(hex));
const hex = (data: Uint8Array): string => Buffer.from(data).toString('hex');
const optionalHex = (data: Uint8Array | undefined): string | null => (data === undefined ? null : hex(data));

function headers(fields: Fields = []): Headers {
  const result = new Headers();
  for (const [name, value] of fields) result.append(name, value);
  return result;
}

interface RequestHeadVector {
  readonly name: string;
  readonly head: string;
  readonly timeoutMs?: number;
  readonly traceparent?: string;
  readonly tracestate?: string;
  readonly identity?: string;
  readonly windowBytes?: number;
  readonly metadata?: Fields;
}

describe('docs/vectors/request-heads.json', () => {
  const file = load<Record<'vectors' | 'tolerated', RequestHeadVector[]>>('request-heads');

  it.each(file.vectors)('$name: is written so', ({ head, name: _, windowBytes, timeoutMs = 0, ...rest }) => {
    const given = { timeoutMs, ...rest };
    const written =
      windowBytes === undefined
        ? encodeRequestHead(given)
        : encodeStreamRequestHead({ ...given, windowBytes });
    expect(hex(written)).toBe(head);
  });

  it.each([...file.vectors, ...file.tolerated])('$name: is read so', (vector) => {
    const { timeoutMs, traceparent, tracestate, identity, windowBytes, metadata = [] } = vector;
    expect(readRequestEnvelope(bytes(vector.head))).toEqual({
      timeoutMs,
      traceparent,
      tracestate,
      identity,
      windowBytes,
    });
    const trace = Object.entries({ traceparent, tracestate }).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] as const],
    );
    expect([...readRequestMetadata(bytes(vector.head))]).toEqual([...headers([...trace, ...metadata])]);
  });
});

interface ReplyVector {
  readonly name: string;
  readonly head: string | null;
  readonly body: string;
  readonly kind: string;
  readonly header?: Fields;
  readonly trailer?: Fields;
}

describe('docs/vectors/replies.json', () => {
  const file = load<Record<'vectors' | 'tolerated', ReplyVector[]>>('replies');

  it.each(file.vectors)('$name: is written so', ({ head, header, trailer }) => {
    expect(optionalHex(encodeReplyHead(headers(header), headers(trailer)))).toBe(head);
  });

  it.each([...file.vectors, ...file.tolerated])('$name: is read so', (vector) => {
    const head = optionalBytes(vector.head);
    expect(readReply(head, bytes(vector.body))).toEqual({ kind: vector.kind });
    const { header, trailer } = readReplyMetadata(head);
    const isUsers = ([name]: [string, string]): boolean => name !== 'nats-subject';
    expect([...header].filter(isUsers)).toEqual([...headers(vector.header)]);
    expect([...trailer]).toEqual([...headers(vector.trailer)]);
  });
});

interface ErrorVector {
  readonly name: string;
  readonly head: string;
  readonly body: string;
  readonly code: number;
  readonly message: string;
  readonly fate?: CallFate;
  readonly metadata?: Fields;
  readonly details?: readonly { readonly typeUrl: string; readonly value: string }[];
}

describe('docs/vectors/errors.json', () => {
  const file = load<Record<'vectors' | 'tolerated', ErrorVector[]>>('errors');

  it.each(file.vectors)(
    '$name: is written so',
    ({ head, body, code, message, fate, metadata, details = [] }) => {
      const error = new ConnectError(message, code, headers(metadata));
      error.details = details.map(({ value }) => ({
        desc: ErrorInfoSchema,
        value: fromBinary(ErrorInfoSchema, bytes(value)),
      }));
      const written = encodeErrorReply(error, fate);
      expect([hex(written.head), hex(written.body)]).toEqual([head, body]);
    },
  );

  it.each([...file.vectors, ...file.tolerated])('$name: is read so', (vector) => {
    const reply = readReply(bytes(vector.head), bytes(vector.body));
    expect(reply).toMatchObject({
      kind: 'error',
      error: { code: vector.code, rawMessage: vector.message },
      fate: vector.fate,
    });
    const { error } = reply as { error: ConnectError };
    expect([...error.metadata]).toEqual([...headers(vector.metadata)]);
    expect(
      error.details.map((detail) =>
        'type' in detail
          ? { typeUrl: `type.googleapis.com/${detail.type}`, value: hex(detail.value) }
          : detail,
      ),
    ).toEqual(vector.details ?? []);
  });
});

interface BundleVector {
  readonly name: string;
  readonly hex: string;
  readonly items: readonly { readonly number: number; readonly head: string | null; readonly body: string }[];
}

describe('docs/vectors/bundles.json', () => {
  const file = load<Record<'vectors' | 'cut', BundleVector[]>>('bundles');

  it.each(file.vectors)('$name: is written so', (vector) => {
    const items = vector.items.map(({ number, head, body }) => ({
      number,
      head: optionalBytes(head),
      body: bytes(body),
    }));
    expect(hex(encodeBundle(items))).toBe(vector.hex);
  });

  const read = (bundle: string, items: unknown[]): void =>
    readBundle(bytes(bundle), (number, head, body) => {
      items.push({ number, head: optionalHex(head), body: hex(body) });
    });
  it.each(file.vectors)('$name: is read so', (vector) => {
    const items: unknown[] = [];
    read(vector.hex, items);
    expect(items).toEqual(vector.items);
  });
  it.each(file.cut)('cut $name: what comes before is read', (vector) => {
    const items: unknown[] = [];
    expect(() => read(vector.hex, items)).toThrow(RangeError);
    expect(items).toEqual(vector.items);
  });
});

interface EnvelopeVector {
  readonly name: string;
  readonly hex: string;
  readonly messages: readonly string[];
}

describe('docs/vectors/envelopes.json', () => {
  const file = load<
    Record<'vectors' | 'incomplete', EnvelopeVector[]> & {
      refused: { readonly name: string; readonly hex: string; readonly maxMessageBytes: number }[];
    }
  >('envelopes');

  it.each(file.vectors)('$name: is written so', ({ messages, hex: expected }) => {
    const parts = messages.flatMap((message) => [envelopePrefix(message.length / 2), bytes(message)]);
    expect(hex(Buffer.concat(parts))).toBe(expected);
  });

  const read = (stream: string, maxMessageBytes: number) => {
    const messages: string[] = [];
    const reader = createEnvelopeReader({
      maxMessageBytes,
      mayRead: () => true,
      onMessage: (message) => messages.push(hex(message)),
    });
    reader.push(bytes(stream));
    return { messages, atBoundary: reader.atBoundary };
  };
  it.each(file.vectors)('$name: is read so', ({ messages, hex: stream }) => {
    expect(read(stream, 1000)).toEqual({ messages, atBoundary: true });
  });
  it.each(file.incomplete)('$name: may not end there', ({ messages, hex: stream }) => {
    expect(read(stream, 1000)).toEqual({ messages, atBoundary: false });
  });
  it.each(file.refused)('$name: is refused', ({ hex: stream, maxMessageBytes }) => {
    expect(() => read(stream, maxMessageBytes)).toThrow(EnvelopeError);
  });
});

type FrameVector =
  | { readonly kind: 'accept'; readonly windowBytes: number; readonly subject: string }
  | { readonly kind: 'head' | 'data'; readonly payload: string }
  | { readonly kind: 'last' | 'alive' }
  | { readonly kind: 'credit'; readonly bytes: number }
  | { readonly kind: 'end'; readonly head: string | null; readonly body: string };

function toFrame(vector: FrameVector): Frame {
  const { kind } = vector;
  switch (kind) {
    case 'accept':
      return { kind, payload: encodeAccept(vector.windowBytes, vector.subject) };
    case 'credit':
      return { kind, payload: u32(vector.bytes) };
    case 'end':
      return { kind, payload: encodeEnd(optionalBytes(vector.head), bytes(vector.body)) };
    case 'head':
    case 'data':
      return { kind, payload: bytes(vector.payload) };
    default:
      return { kind, payload: new Uint8Array(0) };
  }
}

function fromFrame({ kind, payload }: Frame): FrameVector {
  switch (kind) {
    case 'accept':
      return { kind, ...decodeAccept(payload) };
    case 'credit':
      return { kind, bytes: readU32(payload) };
    case 'end': {
      const { head, body } = decodeEnd(payload);
      return { kind, head: optionalHex(head), body: hex(body) };
    }
    case 'head':
    case 'data':
      return { kind, payload: hex(payload) };
    default:
      return { kind };
  }
}

interface PacketVector {
  readonly name: string;
  readonly hex: string;
  readonly sender: number;
  readonly sequence: number;
  readonly frames: readonly FrameVector[];
}

describe('docs/vectors/packets.json', () => {
  const file = load<{ vectors: PacketVector[]; refused: { name: string; hex: string }[] }>('packets');

  it.each(file.vectors)('$name: is written so', ({ hex: expected, sender, sequence, frames }) => {
    expect(hex(encodePacket({ sender, sequence }, frames.map(toFrame)))).toBe(expected);
  });
  it.each(file.vectors)('$name: is read so', ({ hex: packet, sender, sequence, frames }) => {
    const read = decodePacket(bytes(packet));
    expect({ ...read, frames: read.frames.map(fromFrame) }).toEqual({ sender, sequence, frames });
  });
  it.each(file.refused)('$name: is refused', ({ hex: packet }) => {
    expect(() => decodePacket(bytes(packet))).toThrow(RangeError);
  });
});
