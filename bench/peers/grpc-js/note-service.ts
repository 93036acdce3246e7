import { fileURLToPath } from 'node:url';
import type { Client, ServiceClientConstructor } from '@grpc/grpc-js';
import { type CallOptions, loadPackageDefinition, type requestCallback } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

/** As the contract has it. */
export interface Note {
  readonly id: string;
  readonly text: string;
  readonly priority: number;
}

/** What grpc-js makes of the contract at run time. */
export interface NoteClient extends Client {
  echoNote(request: Note, options: CallOptions, callback: requestCallback<Note>): void;
}

/** The service, loaded from its contract as gRPC's Node guide does it, with the options given there. */
export function loadNoteService(): ServiceClientConstructor {
  const folder = (path: string): string =>
    fileURLToPath(new URL(`../../../schemas/${path}`, import.meta.url));
  const definition = loadSync('busline/bench/v1/note.proto', {
    includeDirs: [folder('.'), folder('third_party')],
    keepCase: true,
    longs: String,
    enums: String,
    defaults: true,
    oneofs: true,
  });
  const service = Object(loadPackageDefinition(definition)).busline.bench.v1.NoteService;
  return service as ServiceClientConstructor;
}
