import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { HELP } from './arguments.ts';

/** `npm start` with these arguments, as a terminal would run it. */
function run(...args: string[]) {
  const child: ChildProcess = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args]);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8');
    stream?.on('data', (text: string) => {
      output += text;
    });
  }
  const code = new Promise<number | null>((resolve) => child.once('close', resolve));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await code;
  });
  return { child, code, output: () => output };
}

describe('npm start', () => {
  it('lists its options', async () => {
    const { code, output } = run('--help');
    expect(await code).toBe(0);
    expect(output()).toBe(`${HELP}\n`);
  });

  it.each([
    [['--prot', '1'], "Unknown option '--prot'\nnpm start -- --help lists the options.\n"],
    [
      ['--port', 'x'],
      "--port needs a port from 1 to 65535, not 'x'\nnpm start -- --help lists the options.\n",
    ],
  ])('refuses %j with code 2', async (args, message) => {
    const { code, output } = run(...args);
    expect(await code).toBe(2);
    expect(output()).toBe(message);
  });

  it('refuses an unknown worker with code 2 and the names there are', async () => {
    const { code, output } = run('--workers', 'no-such-worker=2');
    expect(await code).toBe(2);
    expect(output()).toMatch(/unknown worker 'no-such-worker'\. There (are: \w+|is none)/);
  });
});
