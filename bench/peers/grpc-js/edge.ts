// grpc-js on PORT: what gRPC costs without anything in between.
import { serveNotes } from './note-server.ts';

serveNotes(process.env.PORT);
