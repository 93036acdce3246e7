// Compares the contracts of the working tree with those of main by `buf breaking`. Part of `npm run check`.
// BREAKING_BASE names another commit to compare with; CI sets it to the commit before a push.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BreakingBase, breakingBase } from './check/breaking-base.ts';
import { REPO_ROOT } from './repo-files.ts';
import { toolEnv } from './tool-env.ts';

function git(...args: string[]): string | undefined {
  const { status, stdout } = spawnSync('git', args, { cwd: REPO_ROOT, encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

function chosenBase(): BreakingBase {
  try {
    return breakingBase(git, process.env.BREAKING_BASE);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(2);
  }
}

const base = chosenBase();
if (base.commit === undefined) {
  console.log(`nothing to compare with: ${base.reason}`);
} else {
  console.log(`compared with ${base.commit.slice(0, 12)}: ${base.reason}`);
  const folder = mkdtempSync(join(tmpdir(), 'busline-breaking-'));
  try {
    // An archive, and not buf's own git input, because that cannot read work trees and shallow clones.
    const archive = join(folder, 'base.tar');
    execFileSync('git', ['archive', '--format=tar', `--output=${archive}`, base.commit], { cwd: REPO_ROOT });
    const buf = spawnSync('buf', ['breaking', '--against', archive], {
      cwd: REPO_ROOT,
      env: toolEnv(),
      stdio: 'inherit',
    });
    if (buf.error !== undefined) throw buf.error;
    process.exitCode = buf.status ?? 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
