import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isRunning } from '../testing/is-running.ts';
import { waitUntil } from '../testing/wait-until.ts';
import { guardAgainstOrphan } from './orphan-guard.ts';

/** A process that starts `sleep` under guard, prints its id, and waits. */
async function startOwner(program: string, args: string[]): Promise<{ owner: number; guarded: number }> {
  const script = `
    import { spawn } from 'node:child_process';
    import { guardAgainstOrphan } from ${JSON.stringify(import.meta.resolve('./orphan-guard.ts'))};
    const child = spawn(${JSON.stringify(program)}, ${JSON.stringify(args)}, { stdio: 'ignore', detached: true });
    guardAgainstOrphan(child.pid);
    console.log(child.pid);
    setInterval(() => {}, 60_000);
  `;
  const owner = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    owner.kill('SIGKILL');
  });
  const [output] = (await once(owner.stdout, 'data')) as [Buffer];
  return { owner: owner.pid ?? 0, guarded: Number(output.toString()) };
}

describe('guardAgainstOrphan()', () => {
  it.each([
    ['an obedient process', 'sleep', ['600']],
    ['one that ignores SIGTERM', 'sh', ['-c', 'trap "" TERM; while :; do sleep 0.2; done']],
  ])('ends %s after its owner was killed', async (_case, program, args) => {
    const { owner, guarded } = await startOwner(program, args);
    expect(isRunning(guarded)).toBe(true);
    process.kill(owner, 'SIGKILL');
    await waitUntil('the guarded process has ended', () => !isRunning(guarded));
  });

  it('leaves the process alone once released', async () => {
    const child = spawn('sleep', ['600'], { stdio: 'ignore' });
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    await once(child, 'spawn');
    const guard = guardAgainstOrphan(child.pid ?? 0);
    expect(guard.release()).toBe(true);
    await guard.ended;
    expect(isRunning(child.pid ?? 0)).toBe(true);
  });
});
