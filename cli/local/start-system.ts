import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { CommandContext } from '../program/command-context.ts';
import { CommandFailure } from '../program/command-failure.ts';
import { ExitCode } from '../program/exit-code.ts';
import { findUpwards } from '../settings/find-upwards.ts';

/** Runs the project's system in this terminal, until it ends. */
export async function startSystem(context: CommandContext, args: readonly string[]): Promise<void> {
  const entry = findUpwards(context.directory, (folder) => {
    const file = join(folder, 'infra', 'local', 'main.ts');
    return existsSync(file) ? file : undefined;
  });
  if (entry === undefined) {
    throw new CommandFailure({
      code: 'NO_PROJECT',
      exitCode: ExitCode.notFound,
      what: 'there is no Busline project here',
      why: `neither ${context.directory} nor a folder above it has infra/local/main.ts`,
      hint: 'go to the project, or make one: busline new app <name>',
      docs: 'docs/start.md',
    });
  }
  const child = spawn(process.execPath, [entry, ...args], { stdio: 'inherit' });
  // A terminal sends Ctrl-C to both; what ends only this process is passed on.
  const pass = (): void => void child.kill('SIGTERM');
  process.on('SIGTERM', pass);
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (exit, signal) =>
      resolve(exit ?? 128 + (signal === null ? 0 : constants.signals[signal])),
    );
  });
  process.exit(code);
}
