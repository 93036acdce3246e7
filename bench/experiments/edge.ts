import { COMPARED_FORMATS, EDGE_SUBJECTS } from '../edge/catalog.ts';
import type { NoteFormat } from '../edge/edge-subject.ts';
import { measureEdge } from '../edge/measure-edge.ts';
import { missingPeers } from '../edge/peers/missing-peers.ts';
import { peerVersions } from '../edge/peers/peer-versions.ts';
import type { Load } from '../measure/measure-once.ts';
import { installedVersions } from '../results/installed-versions.ts';
import { type Case, type Contestant, cpuSumUs, type Experiment } from './experiment.ts';

/** Ratios we promise, by peer, in every format that both have. */
const GOALS: Readonly<Record<string, number>> = {
  hono: 0.35,
  'connect-node': 2,
  'fastify-grpc': 3.5,
  'nestjs-nats': 2,
  'flask-grpc': 5,
};

/** Requests under way at any time: over HTTP/1.1 each on a connection of its own, by gRPC all on one. */
const AT_ONCE = 64;

/** HTTP requests from end to end, a small message and a middling one, in each format. */
export const edge: Experiment = {
  name: 'edge',
  cases: COMPARED_FORMATS.flatMap((format) =>
    [32, 1024].map((payloadBytes) => edgeCase(format, { payloadBytes, atOnce: AT_ONCE })),
  ),
  figure: (_load, { perSecond }) => ({ value: perSecond, unit: 'calls/s' }),
  goal: (peer) => GOALS[peer] ?? null,
  /** Without the load generator, which is the same for every side. */
  comparedCpuUs: (shares) => cpuSumUs({ ...shares, caller: 0 }),
  versions: () => ({
    ...installedVersions(['hono', '@hono/node-server', '@connectrpc/connect-node', '@bufbuild/protobuf']),
    ...peerVersions(),
  }),
  prepare: (names, onProgress) =>
    missingPeers(
      EDGE_SUBJECTS.filter(({ name }) => names.includes(name)),
      onProgress,
    ),
};

function edgeCase(format: NoteFormat, load: Load): Case {
  const contestants = EDGE_SUBJECTS.filter(({ paths }) => paths[format] !== undefined).map(
    (subject): Contestant => ({
      name: subject.name,
      measure: (settings) => measureEdge(subject, { format, load, ...settings }),
    }),
  );
  return { id: `edge-${format}-${load.payloadBytes}B-${load.atOnce}`, load, contestants };
}
