import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The official runner: https://github.com/connectrpc/conformance */
const runnerModule = 'connectrpc.com/conformance/cmd/connectconformance';
const runnerVersion = 'v1.0.5';

/** A first build has a few dozen modules to fetch and compile: about a minute on two cores. */
const buildTimeoutMs = 600_000;

export interface FindRunnerOptions {
  /** Where it is kept between runs. */
  readonly binDir: string;
  /** Default: that of this process. */
  readonly env?: NodeJS.ProcessEnv;
  readonly onProgress?: (text: string) => void;
}

/**
 * The path of the runner, built by `go install` unless it was before. Go takes it from its module proxy and checks it
 * against its checksum database; nothing else is downloaded.
 *
 * @throws Error that says what to do where there is no Go, or the build failed.
 */
export async function findRunner({
  binDir,
  env = process.env,
  onProgress,
}: FindRunnerOptions): Promise<string> {
  const path = join(binDir, `connectconformance-${runnerVersion}`);
  if (await exists(path)) return path;
  const run = promisify(execFile);
  try {
    await run('go', ['version'], { env });
  } catch (error) {
    throw new Error(
      'the conformance runner is a Go program, and there is no `go` on the PATH: install Go 1.25 or newer (https://go.dev/dl)',
      { cause: error },
    );
  }
  await mkdir(binDir, { recursive: true });
  const workDir = await mkdtemp(join(binDir, 'build-'));
  try {
    onProgress?.(`building ${runnerModule}@${runnerVersion}; the first time this takes a minute or two`);
    await run('go', ['install', `${runnerModule}@${runnerVersion}`], {
      cwd: workDir,
      timeout: buildTimeoutMs,
      // GOFLAGS such as -mod=vendor belong to the user's own modules.
      env: { ...env, GOBIN: workDir, GOFLAGS: '' },
    });
    await rename(join(workDir, 'connectconformance'), path);
    return path;
  } catch (error) {
    const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
    const lastLines = stderr.split('\n').slice(-3).join('\n');
    throw new Error(`the conformance runner could not be built with Go:\n${lastLines}`, { cause: error });
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
