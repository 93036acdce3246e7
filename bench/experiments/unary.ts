import { busCase, busVersions } from './bus-case.ts';
import { cpuSumUs, type Experiment } from './experiment.ts';

/** Ratios we promise, by peer: with one call in flight, and with many. */
const GOALS: Readonly<Record<string, { readonly one: number | null; readonly many: number | null }>> = {
  'nats-request': { one: 1, many: 2.5 },
  'grpc-js': { one: null, many: 12 },
};

/** A small and a middling message; one caller that waits, and two that keep busy. */
export const unary: Experiment = {
  name: 'unary',
  cases: [32, 1024].flatMap((payloadBytes) =>
    [1, 64, 256].map((atOnce) => busCase('unary', { payloadBytes, atOnce })),
  ),
  /** Latency where one call is in flight, throughput otherwise. */
  figure: (_load, sample) =>
    sample.latencyUs === undefined
      ? { value: sample.perSecond, unit: 'calls/s' }
      : { value: sample.latencyUs.p50, unit: 'µs p50' },
  goal: (peer, { unit }) => GOALS[peer]?.[unit === 'µs p50' ? 'one' : 'many'] ?? null,
  comparedCpuUs: cpuSumUs,
  versions: busVersions,
};
