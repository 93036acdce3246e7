// Fastify on PORT, calling the worker on WORKER_PORT over one grpc-js channel. As Fastify's guides recommend: a JSON
// schema for what comes in and for what goes out, which it compiles; no logger, which is its default. Each call has a
// deadline, as gRPC's guides recommend.
import { credentials } from '@grpc/grpc-js';
import Fastify from 'fastify';
import { loadNoteService, type Note, type NoteClient } from '../grpc-js/note-service.ts';

const DEADLINE_MS = 10_000;
const note = {
  type: 'object',
  required: ['id', 'text', 'priority'],
  properties: { id: { type: 'string' }, text: { type: 'string' }, priority: { type: 'integer' } },
};

const NoteService = loadNoteService();
const client = new NoteService(
  `127.0.0.1:${process.env.WORKER_PORT}`,
  credentials.createInsecure(),
) as unknown as NoteClient;

const echoNote = (request: Note): Promise<Note> =>
  new Promise((resolve, reject) => {
    client.echoNote(request, { deadline: Date.now() + DEADLINE_MS }, (error, reply) => {
      if (reply !== undefined) resolve(reply);
      else reject(error);
    });
  });

const app = Fastify();
app.post<{ Body: Note }>('/v1/notes', { schema: { body: note, response: { 200: note } } }, ({ body }) =>
  echoNote(body),
);
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' });
