import type { Sampling } from './sampling.ts';

/** A sampler of OpenTelemetry's own (`OTEL_TRACES_SAMPLER`). */
export interface FixedSamplingOptions {
  /** The part of traces that are recorded, 0 to 1. */
  readonly ratio: number;
  /** Whether what came with a request or an event is left to whoever began it. */
  readonly parentBased: boolean;
}

/** Records a part of all traces, whatever it costs. */
export function fixedSampling({ ratio, parentBased }: FixedSamplingOptions): Sampling {
  const decide = (): boolean => ratio >= 1 || (ratio > 0 && Math.random() < ratio);
  const remote = parentBased ? (sampled: boolean) => sampled : decide;
  return {
    root: decide,
    remote,
    outside: remote,
    failure: () => false,
  };
}
