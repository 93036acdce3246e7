// npm run surface: docs/api/<package>.md, what each published package offers, from the compiled declarations of its sources.
// `-- --check` only compares.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Manifest } from './packages/published-manifest.ts';
import { type Entry, surfacePage } from './packages/surface-page.ts';
import { REPO_ROOT } from './repo-files.ts';
import { toolEnv } from './tool-env.ts';

/** Packages as the compiler finds them: by their sources, not through links below node_modules, whose files it may not emit. */
const linked = ['schemas', 'bus', 'api', 'infra'];

/** Packages whose code applications import. Contracts are their own description; the command line has `--help`. */
const described = ['bus', 'api', 'infra'];

const checkOnly = process.argv.includes('--check');
const folder = await mkdtemp(join(tmpdir(), 'busline-surface-'));
try {
  const packages = await Promise.all(described.map(readPackage));
  await compile(packages.flatMap(({ sources }) => sources));
  let outdated = 0;
  for (const { name, label, entries } of packages) {
    const file = join(REPO_ROOT, 'docs/api', `${label}.md`);
    const page = surfacePage(name, entries, (path) => readFileSync(path, 'utf8'));
    if ((await readFile(file, 'utf8').catch(() => '')) === page) continue;
    outdated++;
    console.log(`${checkOnly ? 'differs' : 'written'}  docs/api/${label}.md`);
    if (checkOnly) continue;
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, page);
  }
  if (checkOnly && outdated > 0) {
    console.error('The public surface differs from what is written down. If it is meant to: npm run surface');
    process.exitCode = 1;
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function readPackage(label: string) {
  const root = join(REPO_ROOT, label);
  const { name, exports = {} }: Manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  // What runs when it is imported is a program, and offers nothing to whoever imports it.
  const imported = Object.entries(exports).filter(([, file]) => file.endsWith('index.ts'));
  const entries: Entry[] = imported.map(([path, file]) => ({
    specifier: `${name}${path.slice(1)}`,
    file: join(folder, label, file.replace(/\.ts$/, '.d.ts')),
  }));
  return { name, label, entries, sources: imported.map(([, file]) => join(root, file)) };
}

async function sourcePaths(folderName: string): Promise<Record<string, string[]>> {
  const root = join(REPO_ROOT, folderName);
  const { name, exports = {} }: Manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  return Object.fromEntries(
    Object.entries(exports).map(([path, file]) => [`${name}${path.slice(1)}`, [join(root, file)]]),
  );
}

async function compile(files: readonly string[]): Promise<void> {
  const compilerOptions = {
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    rootDir: REPO_ROOT,
    outDir: folder,
    typeRoots: [join(REPO_ROOT, 'node_modules/@types')],
    paths: Object.assign({}, ...(await Promise.all(linked.map(sourcePaths)))),
  };
  const config = join(folder, 'tsconfig.json');
  const project = {
    extends: join(REPO_ROOT, 'tsconfig.json'),
    compilerOptions,
    files,
    include: [],
    exclude: [],
  };
  await writeFile(config, JSON.stringify(project));
  await promisify(execFile)('tsc', ['-p', config], { cwd: REPO_ROOT, env: toolEnv() });
}
