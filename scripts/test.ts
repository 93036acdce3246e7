// npm test: finds or fetches a nats-server, runs vitest, and closes with `N passed, N failed`.
// Arguments go to vitest: `npm test -- bus/src/wire`, `npm test -- -t "names the limit"`.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findNatsServer } from '@busline/infra/nats';
import { closingLine, countTests, type TestCounts, type TestReport } from './closing-line.ts';
import { REPO_ROOT } from './repo-files.ts';
import { toolEnv } from './tool-env.ts';

const NOTHING: TestCounts = { passed: 0, failed: 0, skipped: 0 };

/** The server every test uses, so that the first run's download is not a test's time-out. */
async function serverPath(): Promise<string | undefined> {
  try {
    const found = await findNatsServer({
      onProgress: ({ step, kind, text }) => {
        if (kind !== 'skipped') console.log(`nats-server: ${step}: ${text}`);
      },
    });
    return found.path;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return undefined;
  }
}

async function runVitest(natsServer: string, reportPath: string): Promise<number> {
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportPath}`];
  const child = spawn('vitest', ['run', ...reporters, ...process.argv.slice(2)], {
    cwd: REPO_ROOT,
    env: { ...toolEnv(), NATS_SERVER_BIN: natsServer },
    stdio: 'inherit',
  });
  const stop = (signal: NodeJS.Signals): void => {
    child.kill(signal);
  };
  process.on('SIGTERM', stop);
  // A terminal sends Ctrl-C to the child too; waiting for it lets it stop what its tests started.
  process.on('SIGINT', () => undefined);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}

function readCounts(reportPath: string): TestCounts {
  let text: string;
  try {
    text = readFileSync(reportPath, 'utf8');
  } catch {
    console.error('vitest ended without a report: it was stopped, or it could not start');
    return NOTHING;
  }
  const report: TestReport = JSON.parse(text);
  return countTests(report);
}

async function main(): Promise<number> {
  const natsServer = await serverPath();
  if (natsServer === undefined) {
    console.log(closingLine(NOTHING));
    return 1;
  }
  const folder = mkdtempSync(join(tmpdir(), 'busline-test-'));
  try {
    const reportPath = join(folder, 'report.json');
    const code = await runVitest(natsServer, reportPath);
    const counts = readCounts(reportPath);
    const ran = counts.passed + counts.failed;
    if (ran === 0)
      console.error('no test ran, which proves nothing: check the file names and the -t pattern');
    else if (code !== 0 && counts.failed === 0) console.error('vitest failed outside the tests: see above');
    console.log(closingLine(counts));
    return code === 0 && counts.failed === 0 && ran > 0 ? 0 : code || 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

process.exitCode = await main();
