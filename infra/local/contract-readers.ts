import { readdir, readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { Affected } from './affected.ts';

const GENERATED = 'schemas/gen';

/**
 * Which processes run code that reads one of these generated files, by the imports in the source: a new contract then
 * starts its own worker again, and not the whole system. Whatever cannot be told from imports counts as read by all.
 *
 * @param files Below `schemas/gen/`, relative to the project's root.
 */
export async function contractReaders(
  root: string,
  files: Iterable<string>,
): Promise<Pick<Affected, 'workers' | 'edge'>> {
  const modules = [...files].map(moduleOf);
  const changed = await withDependants(
    root,
    modules.filter((module) => module !== undefined),
  );
  const reads = async (folder: string) => {
    const imported = await importedModules(root, folder);
    return [...changed].some((module) => imported.has(module));
  };
  if (modules.includes(undefined) || (await reads('bus'))) return { workers: 'all', edge: true };
  const names = await readdir(join(root, 'workers')).catch(() => []);
  const workers = await Promise.all(
    names.map(async (name) => ((await reads(`workers/${name}`)) ? [name] : [])),
  );
  return { workers: new Set(workers.flat()), edge: await reads('api') };
}

/** `orders/v1/orders` of its generated file, as imports name it; undefined for a file that is no module of a contract. */
function moduleOf(file: string): string | undefined {
  return /^schemas\/gen\/(.+)_pb\.ts$/.exec(file)?.[1];
}

/** The modules and those that import them, over any number of steps: a message's layout is that of its parts, too. */
async function withDependants(root: string, modules: readonly string[]): Promise<ReadonlySet<string>> {
  const found = new Set(modules);
  const importsOf = new Map<string, string[]>();
  for (const file of await sources(join(root, GENERATED))) {
    const module = moduleOf(`${GENERATED}/${file}`);
    if (module === undefined) continue;
    const specifiers = specifiersIn(await read(join(root, GENERATED, file)));
    const relative = specifiers.filter((one) => one.startsWith('.'));
    importsOf.set(
      module,
      relative.map((one) => posix.join(posix.dirname(module), one).replace(/_pb\.[jt]s$/, '')),
    );
  }
  for (let size = -1; size !== found.size; ) {
    size = found.size;
    for (const [module, imports] of importsOf) {
      if (imports.some((one) => found.has(one))) found.add(module);
    }
  }
  return found;
}

/** What a folder's code imports from a package of contracts, whatever its scope. */
async function importedModules(root: string, folder: string): Promise<ReadonlySet<string>> {
  const modules = new Set<string>();
  for (const file of await sources(join(root, folder))) {
    if (/\.test\.ts$|(^|\/)(test|testing|node_modules)\//.test(file)) continue;
    for (const specifier of specifiersIn(await read(join(root, folder, file)))) {
      const module = /(?:^|\/)schemas\/(?:gen\/)?(.+?)(?:_pb(?:\.[jt]s)?)?$/.exec(specifier)?.[1];
      if (module !== undefined) modules.add(module);
    }
  }
  return modules;
}

function specifiersIn(source: string): string[] {
  return [...source.matchAll(/\b(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)].map(([, name = '']) => name);
}

async function sources(folder: string): Promise<string[]> {
  const files = await readdir(folder, { recursive: true }).catch(() => []);
  return files.map((file) => file.replaceAll('\\', '/')).filter((file) => file.endsWith('.ts'));
}

/** Empty for a file that went meanwhile; its going is the next change. */
async function read(file: string): Promise<string> {
  return await readFile(file, 'utf8').catch(() => '');
}
