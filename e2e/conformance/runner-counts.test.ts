import { describe, expect, it } from 'vitest';
import { runnerCounts } from './runner-counts.ts';

describe('runnerCounts()', () => {
  it.each([
    ['Total cases: 12\n12 passed, 0 failed\n', { passed: 12, failed: 0 }],
    ['FAILED: x\n\nTotal cases: 12\n9 passed, 3 failed\n', { passed: 9, failed: 3 }],
    [
      'Total cases: 12\n9 passed, 1 failed\nAnother 2 could not be run due to client timing out or exiting prematurely.\n',
      { passed: 9, failed: 3 },
    ],
    ['panic: boom', { passed: 0, failed: 0 }],
  ])('%j', (output, counts) => {
    expect(runnerCounts(output)).toEqual(counts);
  });
});
