import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { breakingBase, type Git } from './breaking-base.ts';

let folder: string;
const gitIn =
  (cwd: string): Git =>
  (...args) => {
    const { status, stdout } = spawnSync('git', args, { cwd, encoding: 'utf8' });
    return status === 0 ? stdout.trim() : undefined;
  };
const run = (...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@localhost', ...args], {
    cwd: folder,
    encoding: 'utf8',
  }).trim();
const commit = (file: string, text: string): string => {
  writeFileSync(join(folder, file), text);
  run('add', '.');
  run('commit', '--quiet', '--no-gpg-sign', '-m', text);
  return run('rev-parse', 'HEAD');
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'busline-base-'));
  run('init', '--quiet', '--initial-branch=main');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('breakingBase()', () => {
  it('is where the branch left main', () => {
    const left = commit('buf.yaml', 'one');
    run('switch', '--quiet', '-c', 'topic');
    commit('a.proto', 'two');
    run('switch', '--quiet', 'main');
    commit('b.proto', 'three');
    run('switch', '--quiet', 'topic');
    expect(breakingBase(gitIn(folder))).toEqual({ commit: left, reason: 'where this branch left main' });
  });

  it('is the parent on a clean main', () => {
    const parent = commit('buf.yaml', 'one');
    commit('a.proto', 'two');
    expect(breakingBase(gitIn(folder))).toEqual({ commit: parent, reason: 'the parent of HEAD' });
  });

  it('is HEAD on main while contracts are edited', () => {
    commit('buf.yaml', 'one');
    const head = commit('a.proto', 'two');
    writeFileSync(join(folder, 'a.proto'), 'edited');
    expect(breakingBase(gitIn(folder)).commit).toBe(head);
  });

  it('is the parent in a detached clone of main', () => {
    const parent = commit('buf.yaml', 'one');
    commit('a.proto', 'two');
    const clone = join(folder, 'clone');
    run('clone', '--quiet', folder, clone);
    const git = gitIn(clone);
    git('checkout', '--quiet', '--detach');
    expect(breakingBase(git).commit).toBe(parent);
  });

  it('is nothing in a clone of depth 1', () => {
    commit('buf.yaml', 'one');
    commit('a.proto', 'two');
    const clone = join(folder, 'clone');
    run('clone', '--quiet', '--depth=1', `file://${folder}`, clone);
    expect(breakingBase(gitIn(clone))).toEqual({ reason: 'HEAD has no parent in this clone' });
  });

  it('is nothing while main has no contracts', () => {
    const first = commit('readme', 'one');
    run('switch', '--quiet', '-c', 'topic');
    commit('buf.yaml', 'two');
    expect(breakingBase(gitIn(folder))).toEqual({ reason: `${first.slice(0, 12)} has no contracts yet` });
  });

  it('is what was asked for', () => {
    const first = commit('buf.yaml', 'one');
    commit('a.proto', 'two');
    commit('a.proto', 'three');
    expect(breakingBase(gitIn(folder), first)).toEqual({ commit: first, reason: 'BREAKING_BASE' });
  });

  it('refuses a commit that is not there', () => {
    commit('buf.yaml', 'one');
    expect(() => breakingBase(gitIn(folder), 'no-such-commit')).toThrow('BREAKING_BASE=no-such-commit');
  });

  it('is nothing in an empty repository', () => {
    expect(breakingBase(gitIn(folder)).reason).toContain('no commit yet');
  });
});
