/** What came of the rows of state, by the effects of their events. */
export interface Tally {
  /** Rows without an effect. */
  readonly lost: number;
  /** Effects beyond the first of a row. */
  readonly duplicated: number;
  /** Effects of rows that were never committed. */
  readonly invented: number;
  readonly violations: readonly string[];
}

const shown = 20;

export function tally(made: readonly string[], handled: readonly string[]): Tally {
  const effects = new Map<string, number>(made.map((line) => [line, 0]));
  const invented: string[] = [];
  for (const line of handled) {
    const count = effects.get(line);
    if (count === undefined) invented.push(line);
    else effects.set(line, count + 1);
  }
  const lost = [...effects].filter(([, count]) => count === 0).map(([line]) => line);
  const duplicated = [...effects].filter(([, count]) => count > 1);
  return {
    lost: lost.length,
    duplicated: duplicated.reduce((sum, [, count]) => sum + count - 1, 0),
    invented: invented.length,
    violations: [
      ...lost.map((line) => `${line} was committed and had no effect`),
      ...duplicated.map(([line, count]) => `${line} had ${count} effects`),
      ...invented.map((line) => `${line} had an effect and was never committed`),
    ].slice(0, shown),
  };
}

/** An event as the stream has it. */
export interface StoredNumber {
  readonly sequence: number;
  readonly key: string;
  readonly number: number;
}

/** Numbers that do not follow their predecessor in the stream: repeated, left out or out of order. */
export function misplaced(stored: Iterable<StoredNumber>): string[] {
  const last = new Map<string, number>();
  const found: string[] = [];
  for (const { key, number } of [...stored].sort((a, b) => a.sequence - b.sequence)) {
    const before = last.get(key) ?? 0;
    if (number !== before + 1) found.push(`${key}: ${number} is stored after ${before}`);
    last.set(key, number);
  }
  return found;
}
