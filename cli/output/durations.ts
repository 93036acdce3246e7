/** `350 µs`, `12.3 ms`, `1.2 s`: three digits at most. */
export function formatMs(durationMs: number | undefined): string {
  if (durationMs === undefined) return '-';
  if (durationMs < 1) return `${Math.round(durationMs * 1_000)} µs`;
  if (durationMs < 999.5)
    return `${durationMs.toFixed(durationMs < 9.995 ? 2 : durationMs < 99.95 ? 1 : 0)} ms`;
  return `${(durationMs / 1_000).toFixed(durationMs < 9_995 ? 2 : 1)} s`;
}

const units: readonly (readonly [name: string, ms: number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
];

/** How long ago, in its largest unit: `3d`, `5h`, `12m`, `40s`. */
export function formatAge(ageMs: number): string {
  const [name, ms] = units.find(([, unit]) => ageMs >= unit) ?? ['s', 1_000];
  return `${Math.floor(Math.max(0, ageMs) / ms)}${name}`;
}
