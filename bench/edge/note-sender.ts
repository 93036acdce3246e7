import type { EdgeSubject, NoteFormat } from './edge-subject.ts';
import { openGrpcConnection } from './grpc/connection.ts';
import { http1Post, openHttp1Connection } from './http1/connection.ts';
import { NOTE_CODECS, noteCheck, noteOf } from './note.ts';

export interface SenderOptions {
  readonly port: number;
  readonly path: string;
  readonly format: NoteFormat;
  /** Of the note. */
  readonly text: string;
  /** Connections over HTTP/1.1, or streams of one connection over HTTP/2. */
  readonly atOnce: number;
}

/** Sends the same note over and over, to one side. */
export interface NoteSender {
  /** Sends it once, and checks the answer. At most `atOnce` at a time. */
  send(): Promise<void>;
  close(): void;
}

/** @throws Error where the side does not listen. */
export async function openNoteSender(options: SenderOptions): Promise<NoteSender> {
  const { port, path, format, atOnce } = options;
  const codec = NOTE_CODECS[format];
  const note = noteOf(options.text);
  const body = codec.encode(note);
  const check = noteCheck(note, codec);
  if (format === 'grpc') return await openGrpcConnection({ port, path, body, check });

  const request = http1Post(path, codec.contentType, body);
  const open = () => openHttp1Connection({ port, request, check });
  const connections = await Promise.all(Array.from({ length: atOnce }, open));
  const idle = [...connections];
  return {
    async send() {
      const connection = idle.pop();
      if (connection === undefined) throw new Error(`more than ${atOnce} requests at a time`);
      await connection.send();
      idle.push(connection);
    },
    close() {
      for (const connection of connections) connection.close();
    },
  };
}

/** @throws Error where the subject has no such format. */
export function pathOf({ name, paths }: EdgeSubject, format: NoteFormat): string {
  const path = paths[format];
  if (path === undefined) throw new Error(`${name} does not take ${format}`);
  return path;
}
