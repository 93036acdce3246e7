import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { CommandContext } from '../program/command-context.ts';
import { CommandFailure } from '../program/command-failure.ts';
import { ExitCode } from '../program/exit-code.ts';
import { findProgram } from '../project/find-project.ts';
import { appFiles } from './app-files.ts';
import { eventFiles, eventsPath } from './event-files.ts';
import { methodFiles } from './method-files.ts';
import { folderName, typeName } from './names.ts';
import { assertFree, describeFile, type PlannedFile, writeFiles } from './planned-file.ts';
import { type OpenProject, openProject, readSource, requireSource } from './project.ts';
import { contractPath, serviceFiles } from './service-files.ts';

export interface NewOptions {
  readonly dryRun?: boolean;
}

export async function newApp(
  context: CommandContext,
  name: string,
  options: NewOptions & { readonly service: string; readonly packages?: string },
): Promise<void> {
  const app = folderName('an application', name);
  const service = folderName('a service', options.service);
  const root = join(context.directory, app.kebab);
  if (existsSync(root) && (await readdir(root)).length > 0) {
    throw new CommandFailure({
      code: 'CONFLICT',
      exitCode: ExitCode.failure,
      what: `${root} is there already`,
      why: 'it is not empty, so nothing was written',
      hint: 'take another name, or remove it',
    });
  }
  const packages = options.packages === undefined ? undefined : await tarballs(context, options.packages);
  const files = appFiles({ app, service, packages });
  if (!options.dryRun) await writeFiles(root, files);
  tell(context, files, options, [`cd ${app.kebab}`, 'npm install', 'npm run generate', 'npm run dev']);
}

export async function newService(context: CommandContext, text: string, options: NewOptions): Promise<void> {
  const service = folderName('a service', text);
  const project = await openProject(context);
  const files = serviceFiles(service, project);
  await make(context, { project, files, options });
  tell(context, files, options, [
    `npx vitest run workers/${service.kebab}`,
    `curl -s http://127.0.0.1:8080/v1/${service.kebab}/first   # while npm run dev runs`,
    'npm install   # once, so that npm knows the new workspace',
  ]);
}

export async function newMethod(
  context: CommandContext,
  { service: serviceText, name }: { readonly service: string; readonly name: string },
  options: NewOptions,
): Promise<void> {
  const service = folderName('a service', serviceText);
  const method = typeName('a method', name);
  const project = await openProject(context);
  const sources = {
    contract: await requireSource(project, contractPath(service), service),
    services: await requireSource(project, `workers/${service.kebab}/services.ts`, service),
  };
  const files = methodFiles({ service, method, project }, sources);
  await make(context, { project, files, options });
  tell(context, files, options, [`npx vitest run workers/${service.kebab}`]);
}

export async function newEvent(
  context: CommandContext,
  { service: serviceText, name }: { readonly service: string; readonly name: string },
  options: NewOptions & { readonly consumer?: string },
): Promise<void> {
  const service = folderName('a service', serviceText);
  const event = typeName('an event', name);
  const consumer = options.consumer === undefined ? service : folderName('a worker', options.consumer);
  const project = await openProject(context);
  await requireSource(project, `workers/${service.kebab}/main.ts`, service);
  const files = eventFiles(
    { service, event, consumer, project },
    {
      events: await readSource(project, eventsPath(service)),
      consumerMain: await readSource(project, `workers/${consumer.kebab}/main.ts`),
      consumerEvents: await readSource(project, `workers/${consumer.kebab}/events.ts`),
    },
  );
  await make(context, { project, files, options });
  tell(context, files, options, [
    `npx vitest run workers/${consumer.kebab}`,
    `await publish${event.pascal}(bus, name)   # in a handler of ${service.kebab}, which gets the bus in services.ts`,
    `openMemoryBus({ events: [${event.pascal}Schema] })   # in its test`,
  ]);
}

interface Making {
  readonly project: OpenProject;
  readonly files: readonly PlannedFile[];
  readonly options: NewOptions;
}

/**
 * Contracts first, then what is generated from them, then the code: a system that reloads on save never sees a worker whose
 * types are not there yet, nor a method that a worker still lacks.
 */
async function make(context: CommandContext, { project, files, options }: Making): Promise<void> {
  assertFree(project.root, files);
  if (options.dryRun) return;
  const isContract = ({ path }: PlannedFile) => path.endsWith('.proto');
  await writeFiles(project.root, files.filter(isContract));
  await generate(project.root);
  await writeFiles(
    project.root,
    files.filter((file) => !isContract(file)),
  );
  context.output.note('generated the types of schemas/');
}

async function generate(root: string): Promise<void> {
  const program = findProgram(root, {
    source: 'infra/contracts/main.ts',
    installed: '@busline/infra/generate',
  });
  try {
    await promisify(execFile)(process.execPath, [program], { cwd: root });
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
    throw new CommandFailure({
      code: 'NOT_GENERATED',
      exitCode: ExitCode.failure,
      what: 'the contracts could not be compiled; the code was not written',
      why: said.split('\n').join('; '),
      hint: 'correct schemas/, or take back what was added to it, then run this again',
      cause: error,
    });
  }
}

function tell(
  { output }: CommandContext,
  files: readonly PlannedFile[],
  { dryRun = false }: NewOptions,
  next: readonly string[],
): void {
  if (output.json) {
    const listed = files.map(({ action, path, text }) => ({ action, path, bytes: Buffer.byteLength(text) }));
    output.document({ dryRun, files: listed, next });
    return;
  }
  for (const file of files) output.line(describeFile(file));
  if (dryRun) output.note('nothing was written: --dry-run');
  else for (const line of ['', 'next:', ...next.map((command) => `  ${command}`)]) output.note(line);
}

/** Busline's tarballs in a folder, by the name of the package. */
async function tarballs(context: CommandContext, folder: string): Promise<Record<string, string>> {
  const path = resolve(context.directory, folder);
  const found: Record<string, string> = {};
  for (const file of await readdir(path).catch(() => [])) {
    const name = /^busline-([a-z]+)-\d.*\.tgz$/.exec(file)?.[1];
    if (name !== undefined) found[`@busline/${name}`] = `file:${join(path, file)}`;
  }
  const missing = ['api', 'bus', 'cli', 'infra', 'schemas'].filter(
    (name) => found[`@busline/${name}`] === undefined,
  );
  if (missing.length === 0) return found;
  throw new CommandFailure({
    code: 'NOT_FOUND',
    exitCode: ExitCode.notFound,
    what: `${path} has no tarball of ${missing.join(', ')}`,
    why: 'a project needs all of Busline’s packages, of one version',
    hint: 'npm run build in Busline’s repository makes them in dist/',
  });
}
