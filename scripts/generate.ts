// npm run generate: schemas/**/*.proto to TypeScript in schemas/gen. `npm run generate -- --check` only compares.
import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, relative, sep } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { fromBinary } from '@bufbuild/protobuf';
import { type FileDescriptorProto, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { diffTrees, type FileChange, type FileTree } from './generate/diff-trees.ts';
import { embedComments } from './generate/embed-comments.ts';
import { REPO_ROOT } from './repo-files.ts';

const CONTRACTS = 'schemas';
const OUT = 'schemas/gen';

export interface GenerateOptions {
  /** The folder with buf.yaml and buf.gen.yaml. Default: this repository. */
  readonly root?: string;
  /** Report what would change and leave schemas/gen as it is. Default: false. */
  readonly checkOnly?: boolean;
}

/**
 * Brings schemas/gen up to date with the protos, and returns what was not. Files whose contents stay the same
 * are left untouched, so that a watcher sees only the services that changed. The comments of the contracts in
 * schemas/ become part of their descriptors; those of schemas/third_party do not, which are long and written elsewhere.
 *
 * Rejects with an Error whose message is buf's, one `file:line:column:problem` per line, when the protos do not
 * compile; schemas/gen then stays as it was.
 */
export async function generate({
  root = REPO_ROOT,
  checkOnly = false,
}: GenerateOptions = {}): Promise<FileChange[]> {
  const folder = await mkdtemp(join(tmpdir(), 'busline-generate-'));
  try {
    await runBuf(['generate', '--output', folder], root);
    const expected = withComments(await readTree(join(folder, OUT)), await ownContracts(root, folder));
    const changes = diffTrees(await readTree(join(root, OUT)), expected);
    if (!checkOnly) {
      await apply(join(root, OUT), { changes, expected });
    }
    return changes;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The descriptors, with source information, of the protos that lie in schemas/ itself. */
async function ownContracts(root: string, folder: string): Promise<FileDescriptorProto[]> {
  const image = join(folder, 'contracts.binpb');
  await runBuf(['build', '--as-file-descriptor-set', '--output', image], root);
  const { file } = fromBinary(FileDescriptorSetSchema, await readFile(image));
  const isOwn = await Promise.all(file.map(({ name }) => exists(join(root, CONTRACTS, name))));
  return file.filter((_, index) => isOwn[index]);
}

function withComments(tree: FileTree, contracts: readonly FileDescriptorProto[]): FileTree {
  const files = new Map(tree);
  for (const contract of contracts) {
    const path = `${contract.name.replace(/\.proto$/, '')}_pb.ts`;
    const source = files.get(path);
    if (source !== undefined) files.set(path, embedComments(source, contract));
  }
  return files;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function runBuf(args: readonly string[], cwd: string): Promise<void> {
  const require = createRequire(import.meta.url);
  const buf = join(dirname(require.resolve('@bufbuild/buf/package.json')), 'bin', 'buf');
  // buf looks for protoc-gen-es on the PATH, and that for a Node new enough; both are in the repository.
  const path = `${join(REPO_ROOT, 'node_modules', '.bin')}${delimiter}${process.env.PATH ?? ''}`;
  try {
    await promisify(execFile)(process.execPath, [buf, ...args], { cwd, env: { ...process.env, PATH: path } });
  } catch (error) {
    const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
    throw new Error(stderr === '' ? `buf ${args[0]} could not be run` : stderr, { cause: error });
  }
}

async function readTree(root: string): Promise<FileTree> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      return [];
    }
    throw error;
  });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    await Promise.all(
      paths.map(
        async (path) => [relative(root, path).replaceAll(sep, '/'), await readFile(path, 'utf8')] as const,
      ),
    ),
  );
}

async function apply(
  root: string,
  { changes, expected }: { changes: readonly FileChange[]; expected: FileTree },
): Promise<void> {
  for (const { path } of changes) {
    const contents = expected.get(path);
    if (contents === undefined) {
      await rm(join(root, path));
    } else {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), contents);
    }
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
  try {
    const changes = await generate({ checkOnly: values.check });
    for (const { path, kind } of changes) {
      console.log(`${kind.padEnd(8)} ${OUT}/${path}`);
    }
    if (values.check && changes.length > 0) {
      console.error(`${changes.length} generated files differ from the protos. To mend it: npm run generate`);
      process.exitCode = 1;
    } else {
      console.log(changes.length === 0 ? `${OUT} is up to date` : `${OUT} updated`);
    }
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    console.error(`Nothing was generated: the protos do not compile, or buf could not run (see above).`);
    process.exitCode = 1;
  }
}

if (import.meta.main) {
  await main();
}
