/** A package.json, as far as publishing is concerned. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description?: string;
  readonly license?: string;
  readonly private?: boolean;
  readonly exports?: Readonly<Record<string, string>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/** Where one of the `exports` points to once it is published. */
export type PublishedTarget = string | { readonly types: string; readonly default: string };

/** A package.json as it is published. */
export interface PublishedManifest extends Omit<Manifest, 'exports' | 'devDependencies' | 'private'> {
  readonly type: 'module';
  readonly engines: { readonly node: string };
  readonly exports: Readonly<Record<string, PublishedTarget>>;
}

/** What the compiled code needs: the language level of tsconfig.json, and `node:sqlite` and the like as we use them. */
const engines = { node: '>=22.18' };

/**
 * The package.json of a tarball. In the repository `exports` name sources, so that nothing is built between save and run;
 * published they name what was compiled from them.
 *
 * @throws Error for a package that is private.
 */
export function publishedManifest(manifest: Manifest): PublishedManifest {
  if (manifest.private) throw new Error(`${manifest.name} is private, and cannot be published`);
  const { exports = {}, bin, devDependencies: _, private: __, ...kept } = manifest;
  return {
    ...kept,
    type: 'module',
    engines,
    exports: Object.fromEntries(
      Object.entries(exports).map(([path, source]) => [path, publishedTarget(source)]),
    ),
    ...(bin && {
      bin: Object.fromEntries(Object.entries(bin).map(([name, source]) => [name, compiledFile(source)])),
    }),
  };
}

function publishedTarget(source: string): PublishedTarget {
  const compiled = compiledFile(source);
  if (!source.endsWith('.ts')) return compiled;
  return { types: compiled.replace(/\.js$/, '.d.ts'), default: compiled };
}

/** Compiled files lie in `dist` as their sources do in the package. */
function compiledFile(source: string): string {
  if (!/\.[jt]s$/.test(source)) return source;
  return source.replace(/^\.\//, './dist/').replace(/\.ts$/, '.js');
}
