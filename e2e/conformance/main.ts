// npm run conformance: the official conformance suite against the real edge, with the conformance service as an ordinary
// worker behind a real broker. Options go to the runner: `npm run conformance -- --run '**/unary/**' --trace`.
// The last line is `N passed, N failed`; the exit code is 0 only where nothing failed, and 69 where the runner could not
// be had.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { startNats } from '@busline/bus/testing';
import { startWorkerProcess } from '../system/worker-process.ts';
import { findRunner } from './find-runner.ts';
import { runnerCounts } from './runner-counts.ts';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

/** Edges at a time, each with the runner's eight calls in flight: as many as there are cores here and in CI. */
const serversAtOnce = '2';

async function run(runner: string, options: readonly string[]): Promise<number> {
  const nats = await startNats();
  const worker = await startWorkerProcess({
    entry: path('./worker/main.ts'),
    natsUrl: nats.url,
    env: { LOG_LEVEL: 'error' },
  });
  try {
    const args = ['--mode', 'server', '--conf', path('./edge.yaml'), '--max-servers', serversAtOnce];
    args.push('--known-failing', `@${path('./known-failing.txt')}`, ...options);
    args.push('--', process.execPath, path('./server-under-test.ts'));
    const child = spawn(runner, args, {
      env: { ...process.env, NATS_URL: nats.url, LOG_LEVEL: 'error' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    process.once('SIGTERM', () => child.kill('SIGTERM'));
    // A terminal sends Ctrl-C to the runner too; waiting for it leaves nothing behind.
    process.on('SIGINT', () => undefined);
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      process.stdout.write(text);
    });
    const code = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (ended) => resolve(ended ?? 1));
    });
    const { passed, failed } = runnerCounts(output);
    console.log(`${passed} passed, ${failed} failed`);
    return code === 0 && passed > 0 ? 0 : code || 1;
  } finally {
    worker.signal('SIGTERM');
    await worker.exited;
    await nats.stop();
  }
}

/** For CI, which goes on without the runner: EX_UNAVAILABLE of sysexits.h. */
const noRunner = 69;

async function main(): Promise<number> {
  let runner: string;
  try {
    runner = await findRunner({ binDir: path('../../.busline/bin'), onProgress: console.log });
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return noRunner;
  }
  return run(runner, process.argv.slice(2));
}

process.exitCode = await main();
