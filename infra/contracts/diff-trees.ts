/** Contents of files by their path relative to the tree's root. */
export type FileTree = ReadonlyMap<string, string>;

/** One file that has to change for a tree to become another. */
export interface FileChange {
  readonly path: string;
  readonly kind: 'missing' | 'outdated' | 'stale';
}

/** What separates `actual` from `expected`, by path. `stale` is a file that nothing generates any more. */
export function diffTrees(actual: FileTree, expected: FileTree): FileChange[] {
  const changes: FileChange[] = [];
  for (const [path, contents] of expected) {
    const current = actual.get(path);
    if (current !== contents) {
      changes.push({ path, kind: current === undefined ? 'missing' : 'outdated' });
    }
  }
  for (const path of actual.keys()) {
    if (!expected.has(path)) {
      changes.push({ path, kind: 'stale' });
    }
  }
  return changes.sort((a, b) => (a.path < b.path ? -1 : 1));
}
