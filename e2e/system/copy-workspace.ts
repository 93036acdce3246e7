import { cp, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../..', import.meta.url));

/** What `npm start` and `npm run generate` work with. */
const parts = [
  ...['api', 'bus', 'cli', 'infra', 'schemas', 'scripts', 'workers'],
  ...['package.json', 'tsconfig.json', 'buf.yaml', 'buf.gen.yaml'],
];

/** A copy of the repository that a test may edit. */
export interface WorkspaceCopy {
  readonly root: string;
  remove(): Promise<void>;
}

/** Copies the sources; the installed packages are linked, except for our own, which are those of the copy. */
export async function copyWorkspace(): Promise<WorkspaceCopy> {
  const root = await mkdtemp(join(tmpdir(), 'busline-e2e-'));
  const filter = (path: string) => basename(path) !== 'node_modules';
  for (const part of parts) await cp(join(repository, part), join(root, part), { recursive: true, filter });
  const [from, to] = [join(repository, 'node_modules'), join(root, 'node_modules')];
  await mkdir(to);
  for (const name of await readdir(from)) {
    if (name === '@busline')
      await cp(join(from, name), join(to, name), { recursive: true, verbatimSymlinks: true });
    else await symlink(join(from, name), join(to, name));
  }
  return { root, remove: () => rm(root, { recursive: true, force: true }) };
}
