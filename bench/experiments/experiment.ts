import type { FoundServer } from '@busline/infra/nats';
import type { Load, Timing } from '../measure/measure-once.ts';
import type { CpuShares, Sample } from '../measure/sample.ts';
import type { SideResult } from '../results/result-file.ts';

/** What a run measures, and how it is judged. */
export interface Experiment {
  /** First part of its ids, and its section of the page. */
  readonly name: 'unary' | 'streams' | 'edge' | 'events' | 'telemetry';
  /** In the order of measurement. */
  readonly cases: readonly Case[];
  /** The figure a sample is judged by. */
  figure(load: Load, sample: Sample): Figure;
  /** The ratio we promise against a peer, or null where nothing is promised. */
  goal(peer: string, side: SideResult): number | null;
  /** The CPU time that the CPU ratio compares, in microseconds. */
  comparedCpuUs(shares: CpuShares): number;
  /** Versions of the packages that take part, by name. */
  versions(): Readonly<Record<string, string>>;
  /**
   * Fetches what contestants need and this repository does not bring. The reasons, by name, why some of them cannot be
   * measured here.
   */
  prepare?(
    names: readonly string[],
    onProgress: (text: string) => void,
  ): Promise<ReadonlyMap<string, string>>;
}

/** One load, and who is measured under it. */
export interface Case {
  /** `unary-32B-64` is 32-byte payloads, 64 calls in flight; `edge-json-32B-64` the same as JSON over HTTP. */
  readonly id: string;
  readonly load: Load;
  readonly contestants: readonly Contestant[];
}

export interface Contestant {
  /** The `peer` of its rows, or `busline`. */
  readonly name: string;
  /** Measures it once, in fresh processes. */
  measure(settings: MeasureSettings): Promise<Sample>;
}

export interface MeasureSettings {
  readonly timing: Timing;
  readonly natsServer: FoundServer;
}

export type Figure = Pick<SideResult, 'value' | 'unit'>;

/** One sample of a subject under a load. */
export interface Measurement {
  /** Of the case. */
  readonly id: string;
  readonly subject: string;
  readonly load: Load;
  readonly sample: Sample;
}

/** All processes together. */
export function cpuSumUs({ caller, edge = 0, server, broker }: CpuShares): number {
  return caller + edge + server + broker;
}
