// Checks that every relative link in the repository's Markdown leads somewhere. Part of `npm run check`.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brokenLinks } from './docs/broken-links.ts';
import { REPO_ROOT, repoFiles } from './repo-files.ts';

const paths = repoFiles('*.md');
const files = new Map(paths.map((path) => [path, readFileSync(join(REPO_ROOT, path), 'utf8')] as const));
const broken = brokenLinks(files, (path) => existsSync(join(REPO_ROOT, path)));

for (const { path, line, target, problem } of broken) console.error(`${path}:${line}: ${target} ${problem}`);
console.log(`${files.size} Markdown files, ${broken.length} broken links`);
process.exitCode = broken.length === 0 ? 0 : 1;
