import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { CommandContext } from '../program/command-context.ts';
import { findProgram, findProject } from '../project/find-project.ts';

/** Runs the project's system in this terminal, until it ends. */
export async function startSystem(context: CommandContext, args: readonly string[]): Promise<void> {
  const root = findProject(context);
  const entry = findProgram(root, { source: 'infra/local/main.ts', installed: '@busline/infra/main' });
  const { nats, all } = context.settings;
  const options = context.output.json ? [...args, '--json'] : args;
  // Only what was said here: a broker that is configured for other commands need not be this system's.
  const env = all.get('nats')?.origin === 'flag --nats' ? { ...context.env, NATS_URL: nats } : context.env;
  const child = spawn(process.execPath, [entry, ...options], { cwd: root, env, stdio: 'inherit' });
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
