// npm run check: everything CI runs. `npm run check -- --only lint,types` selects steps.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { runStep, type StepResult } from './check/run-step.ts';
import { runSteps } from './check/run-steps.ts';
import { STEPS, type Step, selectSteps } from './check/steps.ts';
import { closingCounts, closingLine, sumCounts } from './closing-line.ts';

const seconds = (durationMs: number): string => `${(durationMs / 1000).toFixed(1)}s`;

function report({ step, ok, durationMs, output }: StepResult): void {
  console.log(`${ok ? 'ok  ' : 'FAIL'}  ${step.name.padEnd(12)} ${seconds(durationMs).padStart(7)}`);
  if (ok) return;
  if (step.last !== true) console.log(output.trimEnd().replaceAll(/^/gm, '      '));
  console.log(`      command: ${step.command.join(' ')}`);
  console.log(`      to mend: ${step.mend}`);
}

function chosenSteps(): readonly Step[] {
  try {
    const { values } = parseArgs({ options: { only: { type: 'string' } } });
    return values.only === undefined ? STEPS : selectSteps(STEPS, values.only);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(2);
  }
}

const steps = chosenSteps();
const startedAt = performance.now();
const results = await runSteps(steps, {
  concurrency: Math.min(availableParallelism(), 4),
  run: (step) => runStep(step, step.last === true ? (text) => process.stdout.write(text) : undefined),
  onResult: report,
});

const failed = results.filter((result) => !result.ok);
const took = seconds(performance.now() - startedAt);
console.log(
  failed.length === 0
    ? `\n${results.length} steps ok in ${took}`
    : `\n${failed.length} of ${results.length} steps failed in ${took}: ${failed.map(({ step }) => step.name).join(', ')}`,
);
// Whoever reads only the last line gets the count of tests.
const counted = results.filter(({ step }) => step.last === true);
if (counted.length > 0)
  console.log(closingLine(sumCounts(counted.map(({ output }) => closingCounts(output)))));
process.exitCode = failed.length === 0 ? 0 : 1;
