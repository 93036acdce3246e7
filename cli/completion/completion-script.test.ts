import { execFileSync, spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { completionScript } from './completion-script.ts';

const isInstalled = (shell: string): boolean => spawnSync(shell, ['-c', 'true']).status === 0;

/** What a shell prints that has learned to complete. */
function taught(shell: 'bash' | 'fish', line: string): string {
  return execFileSync(shell, ['-c', `${completionScript(shell)}\n${line}`], { encoding: 'utf8' }).trim();
}

it.skipIf(!isInstalled('bash'))('teaches bash', () => {
  const line = 'COMP_WORDS=(busline ev) COMP_CWORD=1; _busline; echo "$COMPREPLY"';
  expect(taught('bash', line)).toBe('events');
});

it.skipIf(!isInstalled('fish'))('teaches fish', () => {
  expect(taught('fish', "complete -C 'busline ev'")).toMatch(/^events\t/);
});

it.skipIf(!isInstalled('zsh'))('teaches zsh', () => {
  // The two functions of its completion system that are used, which otherwise need a terminal.
  const system = 'compdef() { echo $1 $2 }; _describe() { print -l $1 $candidates };';
  const script = completionScript('zsh');
  const line = 'words=(busline ev); CURRENT=2; _busline';
  const said = execFileSync('zsh', ['-c', `${system}\n${script}\n${line}`], { encoding: 'utf8' });
  expect(said).toMatch(/^_busline busline\nbusline\nevents:/);
});
