/** `own` and what of `others` has a name that `own` does not have, in this order. */
export function withMissing<T extends { readonly name: string }>(
  own: readonly T[],
  others: readonly T[],
): T[] {
  const names = new Set(own.map(({ name }) => name));
  return [...own, ...others.filter(({ name }) => !names.has(name))];
}

/** As `withMissing`, and what both have is merged. */
export function mergeByName<T extends { readonly name: string }>(
  own: readonly T[],
  others: readonly T[],
  merge: (own: T, other: T) => T,
): T[] {
  const other = new Map(others.map((item) => [item.name, item]));
  const merged = own.map((item) => {
    const match = other.get(item.name);
    return match === undefined ? item : merge(item, match);
  });
  return withMissing(merged, others);
}
