import type { Load, Sample } from '../measure/measure-once.ts';
import type { SideResult } from '../results/result-file.ts';
import type { Subject } from '../subjects/subject.ts';

/** What a run measures, and how it is judged. */
export interface Experiment {
  /** First part of its ids, and its section of the page. */
  readonly name: 'unary' | 'streams';
  readonly loads: readonly Load[];
  /** Whether the subject can do it at all. */
  takes(subject: Subject): boolean;
  /** The figure a sample is judged by. */
  figure(load: Load, sample: Sample): Figure;
  /** The ratio we promise against a peer, or null where nothing is promised. */
  goal(peer: string, side: SideResult): number | null;
}

export type Figure = Pick<SideResult, 'value' | 'unit'>;

/** One sample of a subject under a load. */
export interface Measurement {
  readonly subject: string;
  readonly load: Load;
  readonly sample: Sample;
}

/** `unary-32B-64` is 32-byte payloads, 64 calls in flight; `streams-65536B-1` one stream of 64 KiB messages. */
export function loadId({ name }: Experiment, { payloadBytes, atOnce }: Load): string {
  return `${name}-${payloadBytes}B-${atOnce}`;
}
