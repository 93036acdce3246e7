import { describe, expect, it } from 'vitest';
import { run } from './run.ts';

const OPTIONS = { cwd: '/', timeoutMs: 10_000 };

describe('run()', () => {
  it('resolves when the program has ended well', async () => {
    await expect(run('/bin/sh', ['-c', 'exit 0'], OPTIONS)).resolves.toBeUndefined();
  });

  it.each([
    [
      'a failure, with its last lines',
      10_000,
      'for n in $(seq 20); do echo line $n; done; echo why >&2; exit 5',
      'exit code 5: line 10\nline 11\n',
    ],
    ['a program that does not end', 50, 'exec sleep 60', 'no end within 0.05 s'],
  ])('rejects on %s', async (_what, timeoutMs, script, problem) => {
    await expect(run('/bin/sh', ['-c', script], { ...OPTIONS, timeoutMs })).rejects.toThrow(problem);
  });

  it('names a program that is not there', async () => {
    await expect(run('no-such-program', [], OPTIONS)).rejects.toThrow(
      'no-such-program: there is no such program',
    );
  });
});
