/** Remembers values until a time of their own, the most recently used ones where there are too many. */
export interface ExpiringCache<T> {
  readonly size: number;
  get(key: string, nowMs: number): T | undefined;
  set(key: string, value: T, expiresAtMs: number): void;
  clear(): void;
}

export function createExpiringCache<T>(maxEntries: number): ExpiringCache<T> {
  // In the order of their last use, because a used entry is put back at the end.
  const entries = new Map<string, { readonly value: T; readonly expiresAtMs: number }>();
  return {
    get size() {
      return entries.size;
    },
    get(key, nowMs) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      entries.delete(key);
      if (entry.expiresAtMs <= nowMs) return undefined;
      entries.set(key, entry);
      return entry.value;
    },
    set(key, value, expiresAtMs) {
      entries.delete(key);
      entries.set(key, { value, expiresAtMs });
      if (entries.size <= maxEntries) return;
      for (const oldest of entries.keys()) {
        entries.delete(oldest);
        return;
      }
    },
    clear: () => entries.clear(),
  };
}
