import { expect, it } from 'vitest';
import { createRetryBudget } from './retry-budget.ts';

function withdrawAll(budget: ReturnType<typeof createRetryBudget>): number {
  let retries = 0;
  while (budget.withdraw()) retries++;
  return retries;
}

it('has 300 retries to begin with, then one for ten calls', () => {
  const budget = createRetryBudget();
  expect(withdrawAll(budget)).toBe(300);
  for (let call = 0; call < 9; call++) budget.deposit();
  expect(budget.withdraw()).toBe(false);
  for (let call = 0; call < 2; call++) budget.deposit();
  expect(budget.withdraw()).toBe(true);
  expect(budget.withdraw()).toBe(false);
});

it('saves up no more than 300 retries', () => {
  const budget = createRetryBudget();
  for (let call = 0; call < 100_000; call++) budget.deposit();
  expect(withdrawAll(budget)).toBe(300);
});

it('bounds the retries of calls that all fail to a tenth of the calls', () => {
  const budget = createRetryBudget();
  withdrawAll(budget);
  let retries = 0;
  for (let call = 0; call < 10_000; call++) {
    budget.deposit();
    if (budget.withdraw()) retries++;
  }
  expect(retries).toBeGreaterThanOrEqual(999);
  expect(retries).toBeLessThanOrEqual(1_000);
});
