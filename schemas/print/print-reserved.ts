import type { PrintContext } from './context.ts';

/** A range of numbers, both ends included. */
export interface NumberRange {
  readonly start: number;
  readonly last: number;
}

/** The `reserved` statements of a message or enum. */
export function printReserved(
  context: PrintContext,
  reserved: { ranges: readonly NumberRange[]; names: readonly string[]; max: number },
): string[] {
  const ranges = reserved.ranges.map((range) => printRange(range, reserved.max));
  // Editions reserve identifiers; before them, names were strings.
  const names = reserved.names.map((name) => (context.syntax === 'editions' ? name : `"${name}"`));
  return [ranges, names].filter((list) => list.length > 0).map((list) => `reserved ${list.join(', ')};`);
}

/** `5`, `5 to 9` or `5 to max`. */
export function printRange({ start, last }: NumberRange, max: number): string {
  if (start === last) {
    return String(start);
  }
  return `${start} to ${last === max ? 'max' : last}`;
}
