// The worker behind Fastify: a grpc-js server on WORKER_PORT.
import { serveNotes } from '../grpc-js/note-server.ts';

serveNotes(process.env.WORKER_PORT);
