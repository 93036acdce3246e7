// The worker behind Fastify: a grpc-js server on WORKER_PORT, with grpc-js's defaults.
import { type handleUnaryCall, Server, ServerCredentials } from '@grpc/grpc-js';
import { loadNoteService, type Note } from './note-service.ts';

const EchoNote: handleUnaryCall<Note, Note> = ({ request }, callback) => {
  const { id, text, priority } = request;
  callback(null, { id, text, priority });
};

const server = new Server();
server.addService(loadNoteService().service, { EchoNote });
server.bindAsync(`127.0.0.1:${process.env.WORKER_PORT}`, ServerCredentials.createInsecure(), (error) => {
  if (error !== null) throw error;
});
