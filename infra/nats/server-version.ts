import { runCommand } from '../process/run-command.ts';
import type { StepOutcome } from './find-step.ts';

/** The version that is fetched when none is installed, and that the tests run against. */
export const REFERENCE_VERSION = '2.15.1';

/** The oldest usable version: 2.11 brought per-message TTL and the key-value limit markers. */
export const MINIMUM_VERSION = '2.11.0';

/** Reads the output of `nats-server --version` (`nats-server: v2.15.1`); undefined when it is something else. */
export function parseServerVersion(output: string): string | undefined {
  return /^nats-server: v(\d+\.\d+\.\d+)/m.exec(output)?.[1];
}

/** Negative when `left` is older than `right`. Pre-release suffixes are not part of a version here. */
export function compareVersions(left: string, right: string): number {
  const a = left.split('.').map(Number);
  const b = right.split('.').map(Number);
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Runs the binary once to learn its version, and skips one that does not run or is too old. */
export async function inspectServer(path: string): Promise<StepOutcome> {
  let output: string;
  try {
    output = (await runCommand(path, ['--version'], { timeoutMs: 10_000 })).stdout;
  } catch (error) {
    return { skipped: `${path} does not run: ${error instanceof Error ? error.message : String(error)}` };
  }
  const version = parseServerVersion(output);
  if (version === undefined) {
    return {
      skipped: `${path} is not a nats-server: --version printed ${JSON.stringify(output.slice(0, 80))}`,
    };
  }
  if (compareVersions(version, MINIMUM_VERSION) < 0) {
    return { skipped: `${path} is version ${version}, older than the required ${MINIMUM_VERSION}` };
  }
  return { path, version };
}
