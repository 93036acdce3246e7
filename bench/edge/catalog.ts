import { fileURLToPath } from 'node:url';
import { NoteService } from '@busline/schemas/busline/bench/v1/note';
import { OURS } from '../subjects/catalog.ts';
import type { EdgeSubject, NoteFormat, SideProgram } from './edge-subject.ts';
import { pythonProgram } from './peers/python-packages.ts';

const PROCEDURE = `/${NoteService.typeName}/${NoteService.method.echoNote.name}`;

/** A program for the Node that runs the bench; the path is relative to bench/. */
function nodeProgram(path: string, env: SideProgram['env'] = {}): SideProgram {
  return {
    command: process.execPath,
    args: [fileURLToPath(new URL(`../${path}`, import.meta.url))],
    env,
  };
}

/**
 * Who answers HTTP, in the order of measurement. Every side is set up for production as its own guides say, logs
 * nothing, and is one process per role, but for gunicorn, which forks as many as Flask's guide says.
 */
export const EDGE_SUBJECTS: readonly EdgeSubject[] = [
  {
    name: OURS,
    title: 'Busline: edge, NATS, worker',
    needsBroker: true,
    paths: { json: '/v1/notes:echo', proto: PROCEDURE, grpc: PROCEDURE },
    // Open, because no other side asks callers who they are.
    edge: nodeProgram('../api/src/main.ts', { LOG_LEVEL: 'silent', EDGE_ACCESS: 'open' }),
    worker: nodeProgram('edge/busline/worker.ts', { LOG_LEVEL: 'silent' }),
  },
  {
    name: 'hono',
    title: 'Hono on @hono/node-server, answering itself',
    needsBroker: false,
    paths: { json: '/v1/notes' },
    edge: nodeProgram('edge/hono/edge.ts'),
  },
  {
    name: 'connect-node',
    title: 'Connect-ES on node:http, answering itself',
    needsBroker: false,
    paths: { json: PROCEDURE, proto: PROCEDURE },
    edge: nodeProgram('edge/connect-node/edge.ts'),
  },
  {
    name: 'connect-http2',
    title: 'Connect-ES on node:http2, answering itself',
    needsBroker: false,
    paths: { grpc: PROCEDURE },
    edge: nodeProgram('edge/connect-http2/edge.ts'),
  },
  {
    name: 'grpc-js',
    title: '@grpc/grpc-js, answering itself',
    needsBroker: false,
    needsPackages: 'npm',
    paths: { grpc: PROCEDURE },
    edge: nodeProgram('peers/grpc-js/edge.ts'),
  },
  {
    name: 'fastify-grpc',
    title: 'Fastify, @grpc/grpc-js, worker',
    needsBroker: false,
    needsPackages: 'npm',
    paths: { json: '/v1/notes' },
    edge: nodeProgram('peers/fastify-grpc/edge.ts'),
    worker: nodeProgram('peers/fastify-grpc/worker.ts'),
  },
  {
    name: 'nestjs-nats',
    title: 'NestJS (Fastify adapter), NATS transport, worker',
    needsBroker: true,
    needsPackages: 'npm',
    paths: { json: '/v1/notes' },
    edge: nodeProgram('peers/nestjs-nats/edge.ts'),
    worker: nodeProgram('peers/nestjs-nats/worker.ts'),
  },
  {
    name: 'flask-grpc',
    title: 'Flask on gunicorn, grpcio, worker',
    needsBroker: false,
    needsPackages: 'python',
    paths: { json: '/v1/notes' },
    edge: pythonProgram('flask-grpc', ['-m', 'gunicorn', '--config', 'gunicorn.conf.py', 'edge:app']),
    worker: pythonProgram('flask-grpc', ['worker.py']),
  },
];

/** The formats in which there is something to compare: those that our edge takes. */
export const COMPARED_FORMATS: readonly NoteFormat[] = (['json', 'proto', 'grpc'] as const).filter(
  (format) => edgeSubjectNamed(OURS).paths[format] !== undefined,
);

/** @throws Error naming the subjects there are. */
export function edgeSubjectNamed(name: string): EdgeSubject {
  const subject = EDGE_SUBJECTS.find((candidate) => candidate.name === name);
  if (subject !== undefined) return subject;
  const known = EDGE_SUBJECTS.map((candidate) => candidate.name).join(', ');
  throw new Error(`nobody called "${name}" answers HTTP here; there is ${known}`);
}
