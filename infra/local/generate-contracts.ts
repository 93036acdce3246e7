import { CommandError, runCommand } from '../process/run-command.ts';
import { findProgram, generator } from '../project/find-program.ts';

const TIMEOUT_MS = 60_000;

/**
 * Brings schemas/gen up to date with the protos, in a process of its own, which always has the present code.
 *
 * @returns false where the project has no generator.
 * @throws Error with what the generator said, one problem per line.
 */
export async function generateContracts(root: string): Promise<boolean> {
  const script = findProgram(root, generator);
  if (script === undefined) return false;
  try {
    await runCommand(process.execPath, [script], { timeoutMs: TIMEOUT_MS, cwd: root });
  } catch (error) {
    const said = error instanceof CommandError ? error.stderr.trim() : '';
    throw said === '' ? error : new Error(said, { cause: error });
  }
  return true;
}
