import { describe, expect, it } from 'vitest';
import type { NoteFormat } from './edge-subject.ts';
import { NOTE_CODECS, noteCheck, noteOf } from './note.ts';

const FORMATS: readonly NoteFormat[] = ['json', 'proto', 'grpc'];
const note = noteOf('some text');

describe('NOTE_CODECS', () => {
  it.each(FORMATS)('reads what it writes: %s', (format) => {
    const { encode, decode } = NOTE_CODECS[format];
    expect(decode(encode(note))).toEqual(note);
  });

  it.each([
    ['no prefix', Buffer.alloc(4)],
    ['half a message', NOTE_CODECS.grpc.encode(note).subarray(0, -1)],
    ['two messages', Buffer.concat([NOTE_CODECS.grpc.encode(note), NOTE_CODECS.grpc.encode(note)])],
    ['a compressed message', Buffer.from([1, 0, 0, 0, 0])],
  ])('refuses %s as one gRPC message', (_what, body) => {
    expect(() => NOTE_CODECS.grpc.decode(body)).toThrow('are not one uncompressed gRPC message');
  });
});

describe('noteCheck()', () => {
  const { json } = NOTE_CODECS;

  it('takes the note in whatever order and spacing a side writes it', () => {
    const check = noteCheck(note, json);
    check(Buffer.from('{ "priority": 3, "text": "some text", "id": "note-1" }\n'));
    check(json.encode(note));
  });

  it('does not keep the bytes it was given', () => {
    const check = noteCheck(note, json);
    const body = json.encode(note);
    check(body);
    body.fill(0);
    expect(() => check(Buffer.alloc(body.byteLength))).toThrow('an answer cannot be read');
  });

  it.each([
    ['another note', json.encode(noteOf('other text')), 'an answer is not the note: "{\\"id\\"'],
    ['a part of it', Buffer.from('{"id":"note-1","text":"some text"}'), 'an answer is not the note'],
    ['no JSON', Buffer.from('Bad Gateway'), 'an answer cannot be read: "Bad Gateway"'],
  ])('refuses %s', (_what, body, problem) => {
    const check = noteCheck(note, json);
    check(json.encode(note));
    expect(() => check(body)).toThrow(problem);
  });
});
