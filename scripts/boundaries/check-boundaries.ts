import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import { moduleContent } from './module-content.ts';
import { BOUNDARIES, type BoundaryRow, DEEP_IMPORTS } from './table.ts';
import { exportsSubpath, ownerOf, packageOf, type Workspace } from './workspace.ts';

/** A repository as values: what the check needs to know of it. */
export interface SourceTree {
  /** File path from the root, `/`-separated, to its text. */
  readonly files: ReadonlyMap<string, string>;
  /** Every workspace and the root, whose `folder` is empty. */
  readonly workspaces: readonly Workspace[];
}

export interface Violation {
  readonly path: string;
  readonly line: number;
  readonly what: string;
  readonly why: string;
}

/** Every import in `tree` that crosses a boundary it must not cross, in order of file and line. */
export function checkBoundaries(tree: SourceTree, rows: readonly BoundaryRow[] = BOUNDARIES): Violation[] {
  const violations: Violation[] = [];
  for (const [path, source] of tree.files) {
    const content = moduleContent(path, source);
    const applicable = isTestFile(path) ? [] : rows.filter((row) => isBelow(path, row.from));
    for (const { specifier, line } of content.imports) {
      const found =
        packageViolation(path, specifier, tree.workspaces) ?? rowViolation(path, specifier, applicable);
      if (found !== undefined) violations.push({ path, line, ...found });
    }
    for (const { name, line } of content.names) {
      const row = applicable.find((candidate) => candidate.neverNames?.includes(name));
      if (row !== undefined)
        violations.push({ path, line, what: `${row.from} must not use ${name}`, why: row.why });
    }
  }
  return violations;
}

type Finding = Pick<Violation, 'what' | 'why'>;

function packageViolation(
  path: string,
  specifier: string,
  workspaces: readonly Workspace[],
): Finding | undefined {
  const owner = ownerOf(path, workspaces);
  if (specifier.startsWith('.')) return deepImportViolation(path, specifier, workspaces);
  if (isBuiltin(specifier)) return undefined;
  const name = packageOf(specifier);
  const target = workspaces.find((workspace) => workspace.name === name);
  if (target !== undefined && !exportsSubpath(target, specifier)) {
    const offered = target.exports.length === 0 ? 'nothing' : target.exports.join(', ');
    return {
      what: `${specifier} is not exported by ${name}, which exports ${offered}`,
      why: 'a workspace is used through the exports of its package.json, so that the rest of it can change',
    };
  }
  if (name === owner.name || owner.dependencies.has(name)) return undefined;
  if (isTestFile(path) && (owner.devDependencies.has(name) || rootOf(workspaces).devDependencies.has(name))) {
    return undefined;
  }
  const place = posix.join(owner.folder, 'package.json');
  return {
    what: `${name} is not declared in ${place}`,
    why: owner.devDependencies.has(name)
      ? 'it is a devDependency there, which only *.test.ts files and testing/ folders may import'
      : 'an import that package.json does not declare works by accident of what others installed',
  };
}

function deepImportViolation(
  path: string,
  specifier: string,
  workspaces: readonly Workspace[],
): Finding | undefined {
  const target = posix.join(posix.dirname(path), specifier);
  const from = ownerOf(path, workspaces);
  const to = ownerOf(target, workspaces);
  if (from === to) return undefined;
  if (DEEP_IMPORTS.some((allowed) => isBelow(path, allowed.from) && isBelow(target, allowed.to)))
    return undefined;
  return {
    what: `${specifier} reaches into ${to.folder === '' ? 'the repository root' : to.folder}`,
    why: `another workspace is imported by its name (${to.name}) and only through its exports`,
  };
}

function rowViolation(path: string, specifier: string, rows: readonly BoundaryRow[]): Finding | undefined {
  const target = specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : specifier;
  for (const row of rows) {
    if (row.except?.some((allowed) => isBelow(target, allowed))) continue;
    if (row.never?.some((refused) => isBelow(target, refused))) {
      return { what: `${row.from} must not import ${target}`, why: row.why };
    }
    if (row.may === undefined || isBelow(target, row.from)) continue;
    if (!row.may.some((allowed) => isBelow(target, allowed))) {
      return { what: `${row.from} may import only ${row.may.join(', ')}, not ${target}`, why: row.why };
    }
  }
  return undefined;
}

/** Whether `target` is `pattern` or lies below it. A pattern ending in `/` or `:` is a plain prefix. */
function isBelow(target: string, pattern: string): boolean {
  if (pattern.endsWith('/') || pattern.endsWith(':')) return target.startsWith(pattern);
  const wanted = pattern.split('/');
  const segments = target.split('/');
  return wanted.every((segment, index) =>
    segment === '*' ? segments[index] !== undefined : segments[index] === segment,
  );
}

function isTestFile(path: string): boolean {
  return path.endsWith('.test.ts') || path.includes('/testing/');
}

function rootOf(workspaces: readonly Workspace[]): Workspace {
  return ownerOf('package.json', workspaces);
}
