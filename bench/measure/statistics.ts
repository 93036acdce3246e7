/**
 * The value below which `fraction` of the values lie, between neighbours by linear interpolation.
 *
 * @throws RangeError for no values.
 */
export function quantile(values: readonly number[], fraction: number): number {
  const sorted = Float64Array.from(values).sort();
  const at = (sorted.length - 1) * fraction;
  const below = sorted[Math.floor(at)];
  const above = sorted[Math.ceil(at)];
  if (below === undefined || above === undefined) throw new RangeError('a quantile of no values');
  return below + (above - below) * (at - Math.floor(at));
}

/** @throws RangeError for no values. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}
