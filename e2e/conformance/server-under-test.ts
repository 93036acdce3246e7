// What the conformance runner starts for each configuration: reads it from stdin, starts the edge as a process of its
// own, says on stdout where that listens, and runs until SIGTERM. Broker and worker run already: NATS_URL names them.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  ServerCompatRequestSchema,
  ServerCompatResponseSchema,
} from '@busline/schemas/connectrpc/conformance/v1/server_compat';
import { startEdgeProcess } from '../system/edge-process.ts';
import { edgeEnv } from './edge-env.ts';
import { readWithLength, withLength } from './size-delimited.ts';

const leave = Promise.withResolvers<void>();
process.once('SIGTERM', () => leave.resolve());
process.once('SIGINT', () => leave.resolve());

const folder = await mkdtemp(join(tmpdir(), 'busline-conformance-'));
try {
  const request = fromBinary(ServerCompatRequestSchema, await readWithLength(process.stdin));
  const edge = await startEdgeProcess(await edgeEnv(request, folder));
  const response = create(ServerCompatResponseSchema, {
    host: '127.0.0.1',
    port: edge.port,
    ...(request.useTls && request.serverCreds !== undefined && { pemCert: request.serverCreds.cert }),
  });
  process.stdout.write(withLength(toBinary(ServerCompatResponseSchema, response)));
  const ended = await Promise.race([leave.promise, edge.exited]);
  if (ended !== undefined) throw new Error(`the edge ended by itself, with ${ended}:\n${edge.output()}`);
  await edge.stop();
} finally {
  await rm(folder, { recursive: true });
}
