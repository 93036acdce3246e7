import { describe, expect, it } from 'vitest';
import { startProgram } from './program-process.ts';

const PLACE = { httpPort: 1, workerPort: 2, natsUrl: 'nats://3' };
const node = (script: string) => startProgram({ command: process.execPath, args: ['-e', script] }, PLACE);

describe('startProgram()', () => {
  it('tells a program its place, and to be in production', async () => {
    const program = node(
      'const { PORT, WORKER_PORT, NATS_URL, NODE_ENV } = process.env; console.error([PORT, WORKER_PORT, NATS_URL, NODE_ENV].join())',
    );
    await expect.poll(() => program.stderr()).toContain('1,2,nats://3,production\n');
    await expect.poll(() => program.hasEnded).toBe(true);
    expect(program.stderr()).toContain('ended (exit code 0)');
  });

  it('stops a program with what it forked', async () => {
    // The forked one holds stderr open for a minute, and stop() waits for its end.
    const program = node(
      "require('child_process').spawn('sleep', ['60'], { stdio: 'inherit' }).on('spawn', () => console.error('forked')); setInterval(() => {}, 1000)",
    );
    await expect.poll(() => program.stderr()).toContain('forked');
    await program.stop();
    expect(program.hasEnded).toBe(true);
    expect(program.stderr()).toContain('ended (SIGKILL)');
  });
});
