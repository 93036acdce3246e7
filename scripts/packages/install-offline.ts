import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { REPO_ROOT } from '../repo-files.ts';

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly bin?: Readonly<Record<string, string>>;
}

/**
 * Installs a project as npm does, without a registry: Busline's packages from their tarballs, the project's own workspaces as
 * links, and everything else as this repository has it installed.
 */
export async function installOffline(project: string, tarballs: string): Promise<void> {
  const modules = join(project, 'node_modules');
  await mkdir(join(modules, '.bin'), { recursive: true });
  await linkInstalled(modules);
  for (const file of await readdir(tarballs)) {
    const name = /^busline-([a-z]+)-\d.*\.tgz$/.exec(file)?.[1];
    if (name === undefined) continue;
    const folder = join(modules, '@busline', name);
    await mkdir(folder, { recursive: true });
    await promisify(execFile)('tar', ['-xzf', join(tarballs, file), '--strip-components=1', '-C', folder]);
    await linkPrograms(modules, folder);
  }
  const { name } = await readManifest(join(project, 'schemas'));
  const [scope = ''] = name.split('/');
  await mkdir(join(modules, scope), { recursive: true });
  await symlink(join(project, 'schemas'), join(modules, name));
}

/** Third parties' packages and their programs; of ours there is nothing here to link. */
async function linkInstalled(modules: string): Promise<void> {
  const installed = join(REPO_ROOT, 'node_modules');
  for (const entry of await readdir(installed)) {
    if (entry.startsWith('.') || entry === '@busline') continue;
    await symlink(join(installed, entry), join(modules, entry));
  }
  for (const program of await readdir(join(installed, '.bin'))) {
    if (program.startsWith('busline')) continue;
    await symlink(join(installed, '.bin', program), join(modules, '.bin', program));
  }
}

async function linkPrograms(modules: string, folder: string): Promise<void> {
  const { bin = {} } = await readManifest(folder);
  for (const [program, file] of Object.entries(bin)) {
    const target = join(folder, file);
    await promisify(execFile)('chmod', ['+x', target]);
    await symlink(target, join(modules, '.bin', program));
  }
}

async function readManifest(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
}
