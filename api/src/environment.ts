/** Environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Longest delay of a Node.js timer, about 24.8 days; a longer one would fire at once. */
export const maxTimerMs = 2 ** 31 - 1;

/** A variable that holds a whole number. */
export interface WholeNumber {
  readonly name: string;
  /** Where the variable is missing or empty. */
  readonly standard: number;
  readonly min: number;
  readonly max: number;
}

/** @throws TypeError naming the variable and its limits. */
export function readWhole(env: Environment, { name, standard, min, max }: WholeNumber): number {
  const text = env[name];
  if (text === undefined || text === '') return standard;
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new TypeError(`${name} must be a whole number from ${min} to ${max}, not "${text}"`);
  }
  return value;
}

/**
 * A variable that says `on` or `off`; on where it is missing or empty.
 *
 * @throws TypeError naming the variable
 */
export function readSwitch(env: Environment, name: string): boolean {
  const text = env[name];
  if (text === undefined || text === '' || text === 'on') return true;
  if (text === 'off') return false;
  throw new TypeError(`${name} must be "on" or "off", not "${text}"`);
}
