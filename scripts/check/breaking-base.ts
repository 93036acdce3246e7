/** Runs git and gives what it printed, trimmed, or `undefined` where it failed. */
export type Git = (...args: string[]) => string | undefined;

/** The commit to compare contracts with, and why that one; without `commit` there is nothing to compare with. */
export interface BreakingBase {
  readonly commit?: string;
  readonly reason: string;
}

/**
 * Which commit the contracts of the working tree must stay compatible with: where the branch left main. On the
 * tip of main that is HEAD while contracts are being edited, and otherwise HEAD's parent, because a comparison
 * of a commit with itself proves nothing.
 *
 * @param requested a commit that overrides the choice.
 * @throws Error where `requested` is not a commit of this clone.
 */
export function breakingBase(git: Git, requested?: string): BreakingBase {
  const chosen = chooseCommit(git, requested);
  if (chosen.commit !== undefined && git('cat-file', '-e', `${chosen.commit}:buf.yaml`) === undefined) {
    return { reason: `${chosen.commit.slice(0, 12)} has no contracts yet` };
  }
  return chosen;
}

function chooseCommit(git: Git, requested: string | undefined): BreakingBase {
  if (requested !== undefined && requested !== '') {
    const commit = git('rev-parse', '--verify', '--quiet', `${requested}^{commit}`);
    if (commit === undefined) throw new Error(`BREAKING_BASE=${requested} is not a commit of this clone`);
    return { commit, reason: 'BREAKING_BASE' };
  }
  const head = git('rev-parse', '--verify', '--quiet', 'HEAD');
  if (head === undefined) return { reason: 'this repository has no commit yet' };
  const main = ['origin/main', 'main'].find(
    (ref) => git('rev-parse', '--verify', '--quiet', ref) !== undefined,
  );
  if (main !== undefined) {
    const commit = git('merge-base', 'HEAD', main) ?? git('rev-parse', main);
    if (commit !== undefined && commit !== head) return { commit, reason: `where this branch left ${main}` };
  }
  const edited = git('status', '--porcelain', '--', '*.proto', 'buf.yaml');
  if (edited !== undefined && edited !== '')
    return { commit: head, reason: 'the last commit, before your edits' };
  const parent = git('rev-parse', '--verify', '--quiet', 'HEAD^1');
  return parent === undefined
    ? { reason: 'HEAD has no parent in this clone' }
    : { commit: parent, reason: 'the parent of HEAD' };
}
