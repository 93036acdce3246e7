/** A workspace that is published, and what goes along beside its compiled code. */
export interface PublishedPackage {
  /** Folder of the workspace, and its name behind the scope. */
  readonly folder: string;
  /** Paths that `exports` names by pattern: which of its files are published. */
  readonly modules?: readonly string[];
  /** Not part of it, although a pattern above names it. */
  readonly except?: readonly string[];
  /** Files that are copied as they are, by glob, each to the folder named. */
  readonly assets?: readonly { readonly glob: string; readonly from: string; readonly to: string }[];
}

/**
 * What is published, each after what it imports. The shop's contracts and workers are not: an application has its own. Nor
 * are the contracts of our benchmarks.
 */
export const publishedPackages: readonly PublishedPackage[] = [
  {
    folder: 'schemas',
    modules: ['gen/busline/**/*.ts', 'gen/google/**/*.ts', 'gen/grpc/**/*.ts'],
    except: ['gen/busline/bench/**'],
    assets: [
      { glob: 'busline/!(bench)/**/*.proto', from: '', to: 'protos' },
      { glob: '{buf,google}/**/*.proto', from: 'third_party', to: 'protos' },
      { glob: '{LICENSE,NOTICE}', from: 'third_party', to: 'protos' },
    ],
  },
  { folder: 'infra' },
  { folder: 'bus' },
  { folder: 'api', assets: [{ glob: 'src/docs-page/*.{css,js}', from: '', to: 'dist' }] },
  { folder: 'cli' },
];
