/**
 * Shares partitions among members so that everybody who knows the same members comes to the same result: each has as
 * many as the others or one more, and a member that comes or goes moves few.
 *
 * Rendezvous hashing with a bound: each partition goes to the member that scores highest for it and still has room.
 *
 * @returns the owner of each partition, by its number.
 */
export function assignPartitions(members: readonly string[], partitions: number): string[] {
  const sorted = [...new Set(members)].toSorted();
  if (sorted.length === 0) return [];
  const most = Math.ceil(partitions / sorted.length);
  const counts = new Map<string, number>();
  return Array.from({ length: partitions }, (_, partition) => {
    const ranked = sorted
      .filter((member) => (counts.get(member) ?? 0) < most)
      .map((member) => ({ member, score: score(member, partition) }))
      .toSorted((a, b) => b.score - a.score);
    const { member } = ranked[0] as { member: string };
    counts.set(member, (counts.get(member) ?? 0) + 1);
    return member;
  });
}

/** FNV-1a of both, mixed once more: neighbouring partitions must not rank the members alike. */
function score(member: string, partition: number): number {
  let hash = 0x811c9dc5;
  for (const character of `${member}/${partition}`) {
    hash = Math.imul(hash ^ (character.codePointAt(0) as number), 0x01000193);
  }
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  return hash >>> 0;
}
