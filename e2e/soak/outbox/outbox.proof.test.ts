import { expect, it } from 'vitest';
import { outboxOnSqlite } from './outbox.ts';
import { steps } from './steps.ts';

// The short form of the long proof: `npm run soak -- outbox`, which does the same on Postgres.
it('each committed row has one effect, whoever is killed between whatever steps', async () => {
  const { ok, violations, counts } = await outboxOnSqlite({ seconds: 1, seed: 1 });
  expect(violations).toEqual([]);
  expect(counts).toMatchObject({
    lost: 0,
    duplicated: 0,
    invented: 0,
    misplacedInStream: 0,
    effects: counts.committed,
  });
  expect(Math.min(...steps.map(({ name }) => counts[name] ?? 0))).toBeGreaterThan(0);
  expect(counts.committed).toBeGreaterThan(100);
  expect(ok).toBe(true);
}, 120_000);
