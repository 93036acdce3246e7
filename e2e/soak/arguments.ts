import { parseArgs } from 'node:util';
import { proofs } from './proofs.ts';

export interface SoakArguments {
  readonly name: string;
  readonly seconds: number;
  readonly seed: number;
  /** How many inputs a proof that counts them gets; it then goes on as long as that takes. */
  readonly cases: number | undefined;
}

export const usage = `usage: npm run soak -- <name> [options]
  <name>         of ${Object.keys(proofs).join(', ')}
  --seconds <s>  begins no further round after this time, default 30
  --seed <n>     decides what happens when; default 1
  --cases <n>    for fuzz: so many inputs, however long they take`;

/** @throws Error saying which argument cannot be used, and why. */
export function parseSoakArguments(args: readonly string[]): SoakArguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      seconds: { type: 'string', default: '30' },
      seed: { type: 'string', default: '1' },
      cases: { type: 'string' },
    },
  });
  const [name, ...rest] = positionals;
  if (name === undefined) throw new Error('which proof?');
  if (rest.length > 0) throw new Error(`one proof at a time: "${rest.join(' ')}" is too much`);
  if (!Object.hasOwn(proofs, name)) throw new Error(`there is no proof called "${name}"`);
  if (values.cases !== undefined && name !== 'fuzz')
    throw new Error(`${name} takes no --cases, only fuzz does`);
  return {
    name,
    seconds: wholeNumber('--seconds', values.seconds, { min: 1, max: 86_400 }),
    seed: wholeNumber('--seed', values.seed, { min: 0, max: 2 ** 32 - 1 }),
    cases:
      values.cases === undefined
        ? undefined
        : wholeNumber('--cases', values.cases, { min: 1, max: 1_000_000_000 }),
  };
}

function wholeNumber(option: string, text: string, { min, max }: { min: number; max: number }): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new Error(`${option} must be a whole number from ${min} to ${max}, not "${text}"`);
}
