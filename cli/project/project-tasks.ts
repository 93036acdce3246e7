import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandContext } from '../program/command-context.ts';
import { CommandFailure } from '../program/command-failure.ts';
import { ExitCode } from '../program/exit-code.ts';
import { findProject } from './find-project.ts';

/** Steps of this repository's `npm run check` that look at contracts. */
const contractSteps = 'generated,buf-lint,buf-format,breaking';

/** Runs the project's code generator. */
export async function generateCode(context: CommandContext): Promise<void> {
  const folder = findProject(context);
  const code = await runScript(context, folder, ['generate']);
  if (code !== 0) {
    throw new CommandFailure({
      code: 'GENERATE_FAILED',
      exitCode: ExitCode.failure,
      what: 'the code could not be generated',
      why: `npm run generate ended with ${code}; what it said stands above`,
    });
  }
  if (context.output.json) context.output.document({ generated: true });
  else context.output.note('the generated code is up to date');
}

/** Checks contracts, and the drift between them and what is live. */
export async function checkContracts(context: CommandContext): Promise<void> {
  const { output, settings } = context;
  const folder = findProject(context);
  // A project's own check may look at more; this repository's can be asked for a part.
  const steps = existsSync(join(folder, 'scripts', 'check.ts')) ? ['--', '--only', contractSteps] : [];
  const checked = await runScript(context, folder, ['check', ...steps]);
  if (checked !== 0) context.endWith(ExitCode.checkFailed);
  const isLive = settings.session !== undefined || settings.all.get('nats')?.origin !== 'default';
  if (!isLive) output.note('no system runs here: the live contracts are not looked at');
  const { findDrift, showDrift } = await import('../schema/diff-schema.ts');
  const drift = isLive ? await findDrift(context, undefined) : [];
  showDrift(context, drift, { passed: checked === 0 });
}

/** Resolves with its exit code. What it says is about the work, not data, and goes where messages go. */
async function runScript(
  { output, signal }: CommandContext,
  folder: string,
  args: readonly string[],
): Promise<number> {
  const child = spawn('npm', ['run', '--silent', ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  });
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => output.note(text.replace(/\n$/, '')));
  return await new Promise((resolve, reject) => {
    child.once('error', (error) =>
      reject(
        new CommandFailure({
          code: 'NPM_MISSING',
          exitCode: ExitCode.failure,
          what: 'npm could not be run',
          why: error.message,
          hint: 'install npm, or put it on the path',
        }),
      ),
    );
    child.once('close', (code) => resolve(code ?? 1));
  });
}
