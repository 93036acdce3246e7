import type { JsonSchema } from './json-schema.ts';

/** What rules of a contract demand of a value: as keywords, and in words where JSON Schema has no keyword. */
export interface Constraint {
  readonly keywords: JsonSchema;
  /** Sentences. */
  readonly notes: readonly string[];
}

export const unconstrained: Constraint = { keywords: {}, notes: [] };

/** Two constraints at once; where both have a keyword, the second's counts. */
export function both(one: Constraint, other: Constraint): Constraint {
  return { keywords: { ...one.keywords, ...other.keywords }, notes: [...one.notes, ...other.notes] };
}

/** Every pattern has to match. */
export function patterns(all: readonly string[]): JsonSchema {
  const [first, ...more] = all;
  if (first === undefined) return {};
  return more.length === 0 ? { pattern: first } : { allOf: all.map((pattern) => ({ pattern })) };
}
