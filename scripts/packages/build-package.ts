import { execFile } from 'node:child_process';
import { cp, glob, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { REPO_ROOT } from '../repo-files.ts';
import { toolEnv } from '../tool-env.ts';
import { type Manifest, publishedManifest } from './published-manifest.ts';
import type { PublishedPackage } from './published-packages.ts';

/** Where packages are built, each in a folder of its own, below the repository's root. */
export const BUILD = 'dist/packages';

/** A package that was built, with where it can be imported from by the next. */
export interface BuiltPackage {
  readonly name: string;
  readonly folder: string;
  /** TypeScript's `paths` of its exports. */
  readonly paths: Readonly<Record<string, readonly string[]>>;
}

const LONGEST_BUILD_MS = 120_000;

/**
 * Compiles a workspace to JavaScript with types, against the packages before it as they were built: what they do not
 * export is not there. Only what its `exports` reach is compiled.
 *
 * @throws Error with what the compiler said.
 */
export async function buildPackage(
  wanted: PublishedPackage,
  before: readonly BuiltPackage[],
): Promise<BuiltPackage> {
  const source = join(REPO_ROOT, wanted.folder);
  const folder = join(REPO_ROOT, BUILD, wanted.folder);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const manifest: Manifest = JSON.parse(await readFile(join(source, 'package.json'), 'utf8'));
  await compile({ source, folder, entries: await entriesOf(wanted, manifest), before });
  for (const { glob: pattern, from, to } of wanted.assets ?? []) {
    for await (const file of glob(pattern, { cwd: join(source, from) })) {
      const target = join(folder, to, file);
      await mkdir(dirname(target), { recursive: true });
      await cp(join(source, from, file), target, { recursive: true });
    }
  }
  const published = publishedManifest(manifest);
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(published, null, 2)}\n`);
  await cp(join(REPO_ROOT, 'LICENSE'), join(folder, 'LICENSE'));
  await writeFile(join(folder, 'README.md'), readme(manifest));
  const paths = Object.entries(published.exports).flatMap(([path, target]) =>
    typeof target === 'string'
      ? []
      : [[`${manifest.name}${path.slice(1)}`, [join(folder, target.types)]] as const],
  );
  return { name: manifest.name, folder, paths: Object.fromEntries(paths) };
}

async function entriesOf(
  { folder, modules = [], except = [] }: PublishedPackage,
  manifest: Manifest,
): Promise<string[]> {
  const source = join(REPO_ROOT, folder);
  const named = [...Object.values(manifest.exports ?? {}), ...Object.values(manifest.bin ?? {})];
  const files = new Set(named.filter((file) => /\.[jt]s$/.test(file) && !file.includes('*')));
  for (const pattern of modules) {
    for await (const file of glob(pattern, { cwd: source, exclude: [...except] })) files.add(file);
  }
  return [...files].map((file) => join(source, file));
}

interface Compilation {
  readonly source: string;
  readonly folder: string;
  readonly entries: readonly string[];
  readonly before: readonly BuiltPackage[];
}

async function compile({ source, folder, entries, before }: Compilation): Promise<void> {
  const config = join(folder, 'tsconfig.json');
  const compilerOptions = {
    noEmit: false,
    allowJs: true,
    declaration: true,
    rewriteRelativeImportExtensions: true,
    stripInternal: true,
    rootDir: source,
    outDir: join(folder, 'dist'),
    typeRoots: [join(REPO_ROOT, 'node_modules/@types')],
    paths: Object.assign({}, ...before.map(({ paths }) => paths)),
  };
  const project = {
    extends: join(REPO_ROOT, 'tsconfig.json'),
    compilerOptions,
    files: entries,
    include: [],
    exclude: [],
  };
  await writeFile(config, JSON.stringify(project));
  try {
    await promisify(execFile)('tsc', ['-p', config, '--pretty', 'false'], {
      cwd: REPO_ROOT,
      env: toolEnv(),
      timeout: LONGEST_BUILD_MS,
    });
  } catch (error) {
    const said = error instanceof Error && 'stdout' in error ? String(error.stdout).trim() : '';
    throw new Error(said === '' ? `${source} could not be compiled` : said, { cause: error });
  }
  await rm(config);
}

function readme({ name, description = '' }: Manifest): string {
  return `# ${name}\n\n${description}\n\nPart of Busline, a protobuf-first service bus for TypeScript on NATS.\n`;
}
