/** What vitest's JSON reporter writes, as far as the closing line needs it. */
export interface TestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/**
 * Counts of a run. A file that failed without a failed test (it did not load, or a hook threw) counts as one
 * failure, or it would vanish from the sum.
 */
export function countTests(report: TestReport): TestCounts {
  const failedFiles = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + failedFiles.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** The line every test run ends with: `12 passed, 0 failed`, and `, 1 skipped` when there are any. */
export function closingLine({ passed, failed, skipped }: TestCounts): string {
  return `${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`;
}

/** What the closing line of a run's output counts; nothing where it has none. */
export function closingCounts(output: string): TestCounts {
  const line = output.trimEnd().split('\n').at(-1) ?? '';
  const [, passed = 0, failed = 0, skipped = 0] =
    /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/.exec(line) ?? [];
  return { passed: Number(passed), failed: Number(failed), skipped: Number(skipped) };
}

/** The counts of several runs together. */
export function sumCounts(counts: readonly TestCounts[]): TestCounts {
  const sum = (of: (each: TestCounts) => number): number =>
    counts.reduce((total, each) => total + of(each), 0);
  return {
    passed: sum((each) => each.passed),
    failed: sum((each) => each.failed),
    skipped: sum((each) => each.skipped),
  };
}
