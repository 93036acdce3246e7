import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { CommandContext } from '../program/command-context.ts';
import { CommandFailure } from '../program/command-failure.ts';
import { ExitCode } from '../program/exit-code.ts';
import { findUpwards } from '../settings/find-upwards.ts';

/** What tells a project's root: contracts, and how they are built. */
const marks = ['buf.yaml', 'schemas', 'package.json'];

/**
 * The root of the project that a command is called in.
 *
 * @throws CommandFailure NO_PROJECT.
 */
export function findProject({ directory }: Pick<CommandContext, 'directory'>): string {
  const root = nearestProject({ directory });
  if (root !== undefined) return root;
  throw new CommandFailure({
    code: 'NO_PROJECT',
    exitCode: ExitCode.notFound,
    what: 'there is no Busline project here',
    why: `neither ${directory} nor a folder above it has ${marks.join(', ')}`,
    hint: 'go to the project, or make one: npx busline new app <name>',
    docs: 'docs/start.md',
  });
}

/** The same; undefined where there is none. */
export function nearestProject({ directory }: Pick<CommandContext, 'directory'>): string | undefined {
  return findUpwards(directory, (folder) =>
    marks.every((mark) => existsSync(join(folder, mark))) ? folder : undefined,
  );
}

/**
 * A program of Busline that a project runs: its source where the project has it, else what is installed.
 *
 * @throws CommandFailure NOT_INSTALLED.
 */
export function findProgram(
  root: string,
  program: { readonly source: string; readonly installed: string },
): string {
  const own = join(root, program.source);
  if (existsSync(own)) return own;
  try {
    return createRequire(join(root, 'package.json')).resolve(program.installed);
  } catch (cause) {
    const name = program.installed.split('/').slice(0, 2).join('/');
    throw new CommandFailure({
      code: 'NOT_INSTALLED',
      exitCode: ExitCode.notFound,
      what: `${name} is not installed in this project`,
      why: `${root} has neither ${program.source} nor ${program.installed}`,
      hint: `npm install --save-dev ${name}`,
      cause,
    });
  }
}
