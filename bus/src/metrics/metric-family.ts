import type { Durations } from './duration-histogram.ts';

/** Labels of a point: attributes, by the names of OpenTelemetry. */
export type Labels = Readonly<Record<string, string>>;

/** One number of a family. */
export interface NumberPoint {
  readonly labels: Labels;
  readonly value: number;
}

/** One histogram of a family. */
export interface DurationPoint {
  readonly labels: Labels;
  readonly durations: Durations;
}

interface FamilyHead {
  /** By OpenTelemetry's conventions, such as `rpc.server.call.duration`. */
  readonly name: string;
  /** What it counts, in a sentence. */
  readonly help: string;
}

/** What is known of one thing that is measured, at one moment. */
export type MetricFamily =
  /** A sum since the process started. */
  | (FamilyHead & { readonly kind: 'counter'; readonly unit?: 's'; readonly points: readonly NumberPoint[] })
  /** What is so now. */
  | (FamilyHead & {
      readonly kind: 'gauge';
      readonly unit?: 's' | 'By';
      readonly points: readonly NumberPoint[];
    })
  /** Durations since the process started, in seconds where they are told. */
  | (FamilyHead & { readonly kind: 'durations'; readonly points: readonly DurationPoint[] });
