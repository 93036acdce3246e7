import { isDeepStrictEqual } from 'node:util';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { EchoNoteRequestSchema, EchoNoteResponseSchema } from '@busline/schemas/busline/bench/v1/note';
import type { NoteFormat } from './edge-subject.ts';

/** The message that every side is sent, and answers with. */
export interface Note {
  readonly id: string;
  readonly text: string;
  readonly priority: number;
}

/** How a format writes a note into a body, and reads it. */
export interface NoteCodec {
  readonly contentType: string;
  encode(note: Note): Buffer;
  decode(body: Buffer): unknown;
}

export function noteOf(text: string): Note {
  return { id: 'note-1', text, priority: 3 };
}

const proto: NoteCodec = {
  contentType: 'application/proto',
  encode: (note) => Buffer.from(toBinary(EchoNoteRequestSchema, create(EchoNoteRequestSchema, { ...note }))),
  decode(body) {
    const { id, text, priority } = fromBinary(EchoNoteResponseSchema, body);
    return { id, text, priority };
  },
};

/** Flag and length before a message, in the protocol of gRPC over HTTP/2. */
const GRPC_PREFIX_BYTES = 5;

export const NOTE_CODECS: Readonly<Record<NoteFormat, NoteCodec>> = {
  json: {
    contentType: 'application/json',
    encode: (note) => Buffer.from(JSON.stringify(note)),
    decode: (body) => JSON.parse(body.toString()),
  },
  proto,
  grpc: {
    contentType: 'application/grpc+proto',
    encode(note) {
      const message = proto.encode(note);
      const prefix = Buffer.alloc(GRPC_PREFIX_BYTES);
      prefix.writeUInt32BE(message.byteLength, 1);
      return Buffer.concat([prefix, message]);
    },
    decode(body) {
      const isWhole =
        body.byteLength >= GRPC_PREFIX_BYTES &&
        body[0] === 0 &&
        body.readUInt32BE(1) === body.byteLength - GRPC_PREFIX_BYTES;
      if (!isWhole) throw new Error(`${body.byteLength} bytes are not one uncompressed gRPC message`);
      return proto.decode(body.subarray(GRPC_PREFIX_BYTES));
    },
  },
};

/**
 * Checks that every answer is the note. Sides differ in how they write it, so the first answer is decoded, and later
 * ones are compared with its bytes.
 *
 * @throws from the function returned: Error where an answer is not the note.
 */
export function noteCheck(note: Note, codec: NoteCodec): (body: Buffer) => void {
  let known: Buffer | undefined;
  return (body) => {
    if (known?.equals(body)) return;
    let answer: unknown;
    try {
      answer = codec.decode(body);
    } catch (error) {
      throw new Error(`an answer cannot be read: ${excerpt(body)}`, { cause: error });
    }
    if (!isDeepStrictEqual(answer, note)) throw new Error(`an answer is not the note: ${excerpt(body)}`);
    // A copy: the bytes belong to whoever read them from the socket.
    known = Buffer.from(body);
  };
}

function excerpt(body: Buffer): string {
  return JSON.stringify(body.toString('latin1', 0, 200));
}
