import { describe, expect, it } from 'vitest';
import { assignPartitions } from './assign-partitions.ts';

const members = (count: number) => Array.from({ length: count }, (_, n) => `instance-${n}`);
const counts = (owners: readonly string[]) =>
  [...Map.groupBy(owners, (owner) => owner).values()].map((partitions) => partitions.length);

describe('assignPartitions()', () => {
  it.each([
    { count: 1, partitions: 16 },
    { count: 2, partitions: 16 },
    { count: 3, partitions: 16 },
    { count: 5, partitions: 64 },
    { count: 16, partitions: 16 },
  ])('gives $count members about as many of $partitions each', ({ count, partitions }) => {
    const owners = assignPartitions(members(count), partitions);
    expect(owners).toHaveLength(partitions);
    expect(Math.max(...counts(owners))).toBe(Math.ceil(partitions / count));
  });

  it('does not depend on the order in which members are known', () => {
    expect(assignPartitions(['c', 'a', 'b', 'a'], 16)).toEqual(assignPartitions(['a', 'b', 'c'], 16));
  });

  it('leaves members without partitions where there are too few', () => {
    expect(new Set(assignPartitions(members(9), 4)).size).toBe(4);
  });

  it('has nobody to give them to without members', () => {
    expect(assignPartitions([], 16)).toEqual([]);
  });

  it.each([2, 3, 4, 8])('moves few when member %i comes', (count) => {
    const before = assignPartitions(members(count - 1), 64);
    const after = assignPartitions(members(count), 64);
    const moved = after.filter((owner, at) => owner !== before[at]).length;
    // Those of the new member have to move; as many again may, for the bound.
    expect(moved).toBeLessThanOrEqual(2 * Math.ceil(64 / count));
  });
});
