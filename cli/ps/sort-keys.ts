/** What instances and methods can be sorted by. */
export const sortKeys = ['calls', 'errors', 'p50', 'p95', 'p99'] as const;

export type SortKey = (typeof sortKeys)[number];
