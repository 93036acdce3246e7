import { describe, expect, it } from 'vitest';
import { closingCounts, closingLine, countTests, sumCounts, type TestReport } from './closing-line.ts';

const report = (change: Partial<TestReport>): TestReport => ({
  numPassedTests: 0,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [],
  ...change,
});

describe('countTests()', () => {
  it.each([
    ['passed tests', { numPassedTests: 3 }, { passed: 3, failed: 0, skipped: 0 }],
    ['skipped and todo tests', { numPendingTests: 2, numTodoTests: 1 }, { passed: 0, failed: 0, skipped: 3 }],
    [
      'a file that did not load as one failure',
      { testResults: [{ name: 'a', status: 'failed', assertionResults: [] }] },
      { passed: 0, failed: 1, skipped: 0 },
    ],
    [
      'a file whose hook threw after its tests passed as one failure',
      {
        numPassedTests: 1,
        testResults: [{ name: 'a', status: 'failed', assertionResults: [{ status: 'passed' }] }],
      },
      { passed: 1, failed: 1, skipped: 0 },
    ],
    [
      'a failed test once, not again for its file',
      {
        numFailedTests: 1,
        testResults: [{ name: 'a', status: 'failed', assertionResults: [{ status: 'failed' }] }],
      },
      { passed: 0, failed: 1, skipped: 0 },
    ],
  ])('counts %s', (_what, change, counts) => {
    expect(countTests(report(change))).toEqual(counts);
  });
});

describe('closingLine()', () => {
  it.each([
    [{ passed: 12, failed: 0, skipped: 0 }, '12 passed, 0 failed'],
    [{ passed: 1, failed: 2, skipped: 3 }, '1 passed, 2 failed, 3 skipped'],
  ])('%j is %s', (counts, line) => {
    expect(closingLine(counts)).toBe(line);
  });
});

describe('closingCounts()', () => {
  it.each([
    ['tests\n12 passed, 0 failed\n\n', { passed: 12, failed: 0, skipped: 0 }],
    ['1 passed, 2 failed, 3 skipped', { passed: 1, failed: 2, skipped: 3 }],
    ['12 passed, 0 failed\nand then it crashed', { passed: 0, failed: 0, skipped: 0 }],
    ['', { passed: 0, failed: 0, skipped: 0 }],
  ])('reads %j', (output, counts) => {
    expect(closingCounts(output)).toEqual(counts);
  });
});

describe('sumCounts()', () => {
  it('adds each count up', () => {
    const counts = [
      { passed: 1, failed: 2, skipped: 3 },
      { passed: 10, failed: 20, skipped: 30 },
    ];
    expect(sumCounts(counts)).toEqual({ passed: 11, failed: 22, skipped: 33 });
  });
});
