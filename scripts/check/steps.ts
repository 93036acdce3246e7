/** One thing `npm run check` verifies, as a command of its own that can also be run by hand. */
export interface Step {
  /** What `--only` selects it by. */
  readonly name: string;
  readonly command: readonly [program: string, ...args: string[]];
  /** What to do when it fails: a command where one mends it. */
  readonly mend: string;
  /** Runs after all others, by itself, with its output shown as it comes. */
  readonly last?: boolean;
}

/** All steps, in the order they are started. CI runs exactly these. */
export const STEPS: readonly Step[] = [
  { name: 'types', command: ['tsc', '-p', '.'], mend: 'correct the types; tsc names file and line' },
  {
    name: 'lint',
    command: ['biome', 'check', '--error-on-warnings', '--diagnostic-level=warn', '.'],
    mend: 'npm run format, then correct what is left',
  },
  {
    name: 'boundaries',
    command: ['node', 'scripts/boundaries.ts'],
    mend: 'import from an allowed place; the rules stand in scripts/boundaries/table.ts',
  },
  {
    name: 'generated',
    command: ['node', 'infra/contracts/main.ts', '--check'],
    mend: 'npm run generate, and commit schemas/gen',
  },
  { name: 'buf-lint', command: ['buf', 'lint'], mend: 'correct the .proto file; buf names the rule' },
  { name: 'buf-format', command: ['buf', 'format', '-d', '--exit-code'], mend: 'npm run format' },
  {
    name: 'breaking',
    command: ['node', 'scripts/breaking.ts'],
    mend: 'keep the old field or method beside the new one, or start a new package version (v2)',
  },
  {
    name: 'docs-links',
    command: ['node', 'scripts/docs-links.ts'],
    mend: 'correct the link, or the name of what it points to',
  },
  {
    name: 'adr-index',
    command: ['node', 'scripts/adr-index.ts', '--check'],
    mend: 'node scripts/adr-index.ts, and correct the records it names',
  },
  {
    name: 'surface',
    command: ['node', 'scripts/surface.ts', '--check'],
    mend: 'npm run surface, and look at what changed: others rest on it',
  },
  {
    name: 'tests',
    command: ['node', 'scripts/test.ts'],
    mend: 'npm test -- <file> runs one file again',
    last: true,
  },
  {
    name: 'proofs',
    command: ['node', 'scripts/test.ts', '--config', 'vitest.proofs.config.ts'],
    mend: 'npm run proofs -- <file> runs one file again; npm run soak -- <name> runs it for longer',
    last: true,
  },
];

/**
 * The steps named in a comma-separated list, in the order of {@link STEPS}.
 *
 * @throws Error naming the unknown step and the known ones.
 */
export function selectSteps(steps: readonly Step[], names: string): readonly Step[] {
  const wanted = names
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const known = new Set(steps.map((step) => step.name));
  const unknown = wanted.filter((name) => !known.has(name));
  if (wanted.length === 0 || unknown.length > 0) {
    throw new Error(`no step called "${unknown.join(', ')}"; the steps are ${[...known].join(', ')}`);
  }
  return steps.filter((step) => wanted.includes(step.name));
}
