import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommandContext } from '../program/command-context.ts';
import { CommandFailure } from '../program/command-failure.ts';
import { ExitCode } from '../program/exit-code.ts';
import { findProject } from '../project/find-project.ts';
import type { Name } from './names.ts';
import type { ProjectNames } from './service-files.ts';
import { madeWith } from './versions.ts';

/** A project that files are added to. */
export interface OpenProject extends ProjectNames {
  readonly root: string;
}

/**
 * The project that a command is called in.
 *
 * @throws CommandFailure NO_PROJECT, or UNREADABLE for one whose contracts are no package.
 */
export async function openProject(context: CommandContext): Promise<OpenProject> {
  const root = findProject(context);
  const manifest = await readManifest(join(root, 'package.json'));
  const schemas = await readManifest(join(root, 'schemas', 'package.json'));
  if (schemas.name === undefined) {
    throw new CommandFailure({
      code: 'UNREADABLE',
      exitCode: ExitCode.failure,
      what: `the contracts of ${root} are no package`,
      why: 'schemas/package.json is missing, or names none, so that no worker could import them',
      hint: 'see how a project is laid out: npx busline new app example --dry-run',
    });
  }
  const versions = {
    busline: manifest.dependencies?.['@busline/bus'] ?? madeWith.busline,
    schemasVersion: schemas.version ?? '0.1.0',
    protobuf: madeWith.protobuf,
    connect: madeWith.connect,
  };
  const scope = schemas.name.startsWith('@') ? schemas.name.slice(0, schemas.name.indexOf('/')) : '@app';
  return { root, schemas: schemas.name, scope, versions };
}

/** The text of a file of the project; undefined where there is none. */
export async function readSource({ root }: OpenProject, path: string): Promise<string | undefined> {
  const file = join(root, path);
  return existsSync(file) ? await readFile(file, 'utf8') : undefined;
}

/**
 * The same of a file that must be there.
 *
 * @throws CommandFailure NOT_FOUND naming the workers that there are.
 */
export async function requireSource(project: OpenProject, path: string, service: Name): Promise<string> {
  const source = await readSource(project, path);
  if (source !== undefined) return source;
  const workers = await readdir(join(project.root, 'workers')).catch(() => []);
  throw new CommandFailure({
    code: 'NOT_FOUND',
    exitCode: ExitCode.notFound,
    what: `there is no service ${service.kebab} with a worker of that name`,
    why: `${path} is missing; workers here: ${workers.join(', ') || 'none'}`,
    hint: `make it: npx busline new service ${service.kebab}`,
  });
}

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

async function readManifest(file: string): Promise<Manifest> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    return {};
  }
}
