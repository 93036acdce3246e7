// npm run soak: puts one promise to a long test. The last line is JSON; the exit code is 0 only where it held.
import { parseSoakArguments, type SoakArguments, usage } from './arguments.ts';
import { proofs } from './proofs.ts';
import { createSeededRandom } from './seeded-random.ts';
import type { Counts } from './streams/soak.ts';

/** How often a run tells on stderr how far it is, in milliseconds. */
const tellEveryMs = 10_000;

async function soak({ name, seconds, seed, cases }: SoakArguments): Promise<boolean> {
  const endsAtMs = performance.now() + seconds * 1_000;
  const proof = proofs[name];
  if (proof === undefined) throw new Error(`there is no proof called "${name}"`);
  let look: () => Counts = () => ({});
  const telling = setInterval(() => {
    const figures = Object.entries(look()).map(([what, figure]) => `, ${what} ${figure}`);
    console.error(`${name}: ${Math.round(process.uptime())} s${figures.join('')}`);
  }, tellEveryMs);
  const { ok, counts, breaches } = await proof({
    random: createSeededRandom(seed),
    seed,
    seconds,
    cases,
    onCounting(counting) {
      look = counting;
    },
    more: () => performance.now() < endsAtMs,
  }).finally(() => clearInterval(telling));
  for (const breach of breaches) console.error(breach);
  console.log(JSON.stringify({ name, seed, ok, ...counts }));
  return ok;
}

let chosen: SoakArguments | undefined;
try {
  chosen = parseSoakArguments(process.argv.slice(2));
} catch (error) {
  console.error(`${error instanceof Error ? error.message : error}\n${usage}`);
  process.exitCode = 2;
}
if (chosen !== undefined) process.exitCode = (await soak(chosen)) ? 0 : 1;
