import type { Subject } from './subject.ts';
import { TELEMETRY_SUBJECTS } from './telemetry/catalog.ts';

/** What the ratios are about. */
export const OURS = 'busline';

/** Every way to make a call, in the order of measurement. Sides are loaded only by the processes that run them. */
export const SUBJECTS: readonly Subject[] = [
  {
    name: OURS,
    title: 'Busline, typed',
    needsBroker: true,
    hasStreams: true,
    loadServer: () => import('./busline/server.ts'),
    loadClient: () => import('./busline/client.ts'),
  },
  {
    name: 'nats-request',
    title: 'nats.js `request()`, raw bytes',
    needsBroker: true,
    hasStreams: false,
    loadServer: () => import('./nats-request/server.ts'),
    loadClient: () => import('./nats-request/client.ts'),
  },
  {
    name: 'grpc-js',
    title: '@grpc/grpc-js, one channel',
    needsBroker: false,
    hasStreams: true,
    loadServer: () => import('./grpc-js/server.ts'),
    loadClient: () => import('./grpc-js/client.ts'),
  },
  {
    name: 'connect-http2',
    title: 'Connect-ES, Connect protocol over HTTP/2',
    needsBroker: false,
    hasStreams: true,
    loadServer: () => import('./connect-http2/server.ts'),
    loadClient: () => import('./connect-http2/client.ts'),
  },
  {
    name: 'connect-grpc',
    title: 'Connect-ES, gRPC over HTTP/2',
    needsBroker: false,
    hasStreams: true,
    loadServer: () => import('./connect-http2/server.ts'),
    loadClient: () => import('./connect-grpc/client.ts'),
  },
];

/** @throws Error naming the subjects there are. */
export function subjectNamed(name: string): Subject {
  const all = [...SUBJECTS, ...TELEMETRY_SUBJECTS];
  const subject = all.find((candidate) => candidate.name === name);
  if (subject !== undefined) return subject;
  const known = all.map((candidate) => candidate.name).join(', ');
  throw new Error(`no subject called "${name}"; the subjects are ${known}`);
}
