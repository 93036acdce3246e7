/** What a proof is given. */
export interface SoakOptions {
  /** How long it goes on, in seconds, about. */
  readonly seconds: number;
  /** What is chosen at random repeats with it. */
  readonly seed: number;
  /** How many inputs, for a proof that counts them. */
  readonly cases?: number | undefined;
  /** Hears, once, where the figures of the run can be looked at while it goes on. */
  readonly onCounting?: ((counts: () => Counts) => void) | undefined;
}

/** Figures by name. */
export type Counts = Readonly<Record<string, number>>;

/** What a proof found. */
export interface SoakResult {
  /** Whether the promise held. */
  readonly ok: boolean;
  readonly counts: Counts;
  /** What broke the promise, the first few. */
  readonly violations: readonly string[];
}

export type Soak = (options: SoakOptions) => Promise<SoakResult>;
