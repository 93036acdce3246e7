import type { StepResult } from './run-step.ts';
import type { Step } from './steps.ts';

export interface RunStepsOptions {
  /** How many steps run at once. */
  readonly concurrency: number;
  readonly run: (step: Step) => Promise<StepResult>;
  readonly onResult: (result: StepResult) => void;
}

/**
 * Runs every step, `concurrency` at a time, then those marked `last` one by one. A failure stops nothing: one
 * run tells everything that is wrong.
 */
export async function runSteps(steps: readonly Step[], options: RunStepsOptions): Promise<StepResult[]> {
  const results: StepResult[] = [];
  const runOne = async (step: Step): Promise<void> => {
    const result = await options.run(step);
    results.push(result);
    options.onResult(result);
  };
  const waiting = steps.filter((step) => step.last !== true);
  const lane = async (): Promise<void> => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) await runOne(step);
  };
  await Promise.all(Array.from({ length: options.concurrency }, lane));
  for (const step of steps.filter((candidate) => candidate.last === true)) await runOne(step);
  return results;
}
