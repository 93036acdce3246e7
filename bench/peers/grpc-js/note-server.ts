import { type handleUnaryCall, Server, ServerCredentials } from '@grpc/grpc-js';
import { loadNoteService, type Note } from './note-service.ts';

const EchoNote: handleUnaryCall<Note, Note> = ({ request }, callback) => {
  const { id, text, priority } = request;
  callback(null, { id, text, priority });
};

/** Serves notes on a port, with grpc-js's defaults. */
export function serveNotes(port: string | undefined): void {
  const server = new Server();
  server.addService(loadNoteService().service, { EchoNote });
  server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error) => {
    if (error !== null) throw error;
  });
}
