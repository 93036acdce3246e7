import { CommandError, runCommand } from '../process/run-command.ts';
import { commandLine, findProgram } from '../project/find-program.ts';

const TIMEOUT_MS = 60_000;

/**
 * Makes the event streams of a NATS server as the contracts say, in a process of its own, which always has the present
 * contracts. Changes that lose something are left out.
 *
 * @returns what was done, without the streams that were so already; undefined where the project has no such command.
 * @throws Error with what the command said.
 */
export async function applyStreams(root: string, natsUrl: string): Promise<string | undefined> {
  const script = findProgram(root, commandLine);
  if (script === undefined) return undefined;
  try {
    const { stdout } = await runCommand(
      process.execPath,
      [script, 'events', 'apply', '--quiet', '--nats', natsUrl],
      {
        timeoutMs: TIMEOUT_MS,
        cwd: root,
        env: process.env,
      },
    );
    return changes(stdout);
  } catch (error) {
    const said = error instanceof CommandError ? error.stderr.trim() : '';
    // 7: some changes would lose something, and everything else is done.
    if (error instanceof CommandError && (error.cause as { code?: unknown } | undefined)?.code === 7)
      return said;
    throw said === '' ? error : new Error(said, { cause: error });
  }
}

function changes(plan: string): string {
  return plan
    .split('\n')
    .filter((line) => !line.startsWith('= '))
    .join('\n')
    .trim();
}
