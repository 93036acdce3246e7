/** How many test cases had which outcome. */
export interface RunnerCounts {
  readonly passed: number;
  readonly failed: number;
}

/** Reads what the runner ends with; what it could not run counts as failed. All zero where it never came to its end. */
export function runnerCounts(output: string): RunnerCounts {
  const number = (pattern: RegExp): number => Number(pattern.exec(output)?.[1] ?? 0);
  return {
    passed: number(/^(\d+) passed, \d+ failed$/m),
    failed: number(/^\d+ passed, (\d+) failed$/m) + number(/^Another (\d+) could not be run/m),
  };
}
