// Checks every import of the repository against scripts/boundaries/table.ts. Part of `npm run check`.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { checkBoundaries } from './boundaries/check-boundaries.ts';
import { parseWorkspace, type Workspace } from './boundaries/workspace.ts';
import { REPO_ROOT, repoFiles } from './repo-files.ts';

const read = (path: string): string => readFileSync(join(REPO_ROOT, path), 'utf8');

const workspaces = repoFiles('package.json', '*/package.json').map((path): Workspace => {
  const folder = dirname(path) === '.' ? '' : dirname(path);
  return parseWorkspace(folder, read(path));
});
const [root, ...members] = workspaces.toSorted((a, b) => a.folder.length - b.folder.length);
if (root === undefined || root.folder !== '')
  throw new Error('package.json is missing in the repository root');

// The root lists its workspaces instead of declaring them, and never ships: scripts/ may use all of it.
const rootWithMembers: Workspace = {
  ...root,
  dependencies: new Set([
    ...root.dependencies,
    ...root.devDependencies,
    ...members.map((member) => member.name),
  ]),
};
const sources = repoFiles('*.ts', '*.mts', '*.js', '*.mjs');
const files = new Map(sources.map((path) => [path, read(path)] as const));
const violations = checkBoundaries({ files, workspaces: [rootWithMembers, ...members] });

for (const { path, line, what, why } of violations) console.error(`${path}:${line}: ${what}\n    ${why}`);
console.log(`${files.size} files, ${violations.length} imports across a boundary`);
process.exitCode = violations.length === 0 ? 0 : 1;
