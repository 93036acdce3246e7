import { busCase, busVersions } from './bus-case.ts';
import { cpuSumUs, type Experiment } from './experiment.ts';

/** From this size on, bytes count more than messages. */
const LARGE_BYTES = 65_536;

/** Ratios we promise, by peer: for small messages, and for large ones. */
const GOALS: Readonly<Record<string, { readonly small: number | null; readonly large: number | null }>> = {
  'grpc-js': { small: 8, large: 1.4 },
  'connect-http2': { small: null, large: 3 },
  'connect-grpc': { small: null, large: 3 },
};

/** One stream from the server to the caller, as fast as the caller takes it: of small messages, and of large ones. */
export const streams: Experiment = {
  name: 'streams',
  cases: [32, LARGE_BYTES].map((payloadBytes) =>
    busCase('streams', { payloadBytes, atOnce: 1 }, ({ hasStreams }) => hasStreams),
  ),
  figure: ({ payloadBytes }, { perSecond }) =>
    payloadBytes < LARGE_BYTES
      ? { value: perSecond, unit: 'messages/s' }
      : { value: (perSecond * payloadBytes) / 1_000_000, unit: 'MB/s' },
  goal: (peer, { unit }) => GOALS[peer]?.[unit === 'MB/s' ? 'large' : 'small'] ?? null,
  comparedCpuUs: cpuSumUs,
  versions: busVersions,
};
