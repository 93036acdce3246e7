import { describe, expect, it } from 'vitest';
import { runCommand } from './run-command.ts';

describe('runCommand()', () => {
  it('resolves with what was written', async () => {
    const result = await runCommand('sh', ['-c', 'echo out; echo err >&2'], { timeoutMs: 5_000 });
    expect(result).toEqual({ stdout: 'out\n', stderr: 'err\n' });
  });

  it('passes environment and working directory', async () => {
    const options = { timeoutMs: 5_000, env: { PATH: process.env.PATH, WORD: 'hello' }, cwd: '/' };
    expect((await runCommand('sh', ['-c', 'echo "$WORD $PWD"'], options)).stdout).toBe('hello /\n');
  });

  it.each([
    ['sh', ['-c', 'exit 3'], 'exit code 3'],
    ['sh', ['-c', 'printf "1\\n2\\n3\\n4\\n" >&2; exit 1'], 'exit code 1: 2 | 3 | 4'],
    ['busline-no-such-program', [], 'the program does not exist'],
    ['sleep', ['60'], 'no result within 0.05 s'],
  ])('rejects: %s %j', async (command, args, message) => {
    await expect(
      runCommand(command, args, { timeoutMs: command === 'sleep' ? 50 : 5_000 }),
    ).rejects.toMatchObject({
      name: 'CommandError',
      message,
    });
  });
});
