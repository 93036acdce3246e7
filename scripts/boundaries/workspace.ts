/** One workspace of the repository, or its root: what its package.json says about imports. */
export interface Workspace {
  /** Path from the root, empty for the root itself. */
  readonly folder: string;
  readonly name: string;
  /** Keys of `exports`: `.`, `./testing`, `./*`. */
  readonly exports: readonly string[];
  readonly dependencies: ReadonlySet<string>;
  readonly devDependencies: ReadonlySet<string>;
}

/**
 * Reads the fields of a package.json that concern imports.
 *
 * @throws Error naming `folder` where the text is not a package with a name.
 */
export function parseWorkspace(folder: string, packageJson: string): Workspace {
  const parsed: unknown = JSON.parse(packageJson);
  const name = record(parsed).name;
  if (typeof name !== 'string') throw new Error(`${folder || '.'}/package.json has no "name"`);
  const names = (field: string): string[] => Object.keys(record(record(parsed)[field]));
  const exportsField = record(parsed).exports;
  return {
    folder,
    name,
    exports: typeof exportsField === 'string' ? ['.'] : names('exports'),
    dependencies: new Set([...names('dependencies'), ...names('peerDependencies')]),
    devDependencies: new Set(names('devDependencies')),
  };
}

/** The workspace a file belongs to: the one with the longest folder that holds it. */
export function ownerOf(path: string, workspaces: readonly Workspace[]): Workspace {
  let owner: Workspace | undefined;
  for (const workspace of workspaces) {
    const holds = workspace.folder === '' || path.startsWith(`${workspace.folder}/`);
    if (holds && (owner === undefined || workspace.folder.length > owner.folder.length)) owner = workspace;
  }
  if (owner === undefined)
    throw new Error(`${path} belongs to no workspace: the root's package.json is missing`);
  return owner;
}

/** The package a bare specifier names: `@scope/name/sub` gives `@scope/name`. */
export function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Whether `specifier`, which names `workspace`, matches one of its exports. */
export function exportsSubpath(workspace: Workspace, specifier: string): boolean {
  const subpath = `.${specifier.slice(workspace.name.length)}`;
  return workspace.exports.some((key) => {
    const star = key.indexOf('*');
    if (star === -1) return key === subpath;
    const before = key.slice(0, star);
    const after = key.slice(star + 1);
    return (
      subpath.length > before.length + after.length && subpath.startsWith(before) && subpath.endsWith(after)
    );
  });
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
