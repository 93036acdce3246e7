import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { fromBinary } from '@bufbuild/protobuf';
import { type FileDescriptorProto, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { diffTrees, type FileChange, type FileTree } from './diff-trees.ts';
import { embedComments } from './embed-comments.ts';

const CONTRACTS = 'schemas';
/** Where generated code goes, below the project's root. */
export const OUT = 'schemas/gen';

export interface GenerateOptions {
  /** The folder with buf.yaml and buf.gen.yaml, whose installed packages have buf and protoc-gen-es. */
  readonly root: string;
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
export async function generate({ root, checkOnly = false }: GenerateOptions): Promise<FileChange[]> {
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
  const buf = findTool(cwd, '@bufbuild/buf', join('bin', 'buf'));
  // buf looks for protoc-gen-es on the PATH, and that for a Node new enough; both are installed beside it.
  const bin = join(dirname(buf), '..', '..', '..', '.bin');
  const path = [bin, dirname(process.execPath), process.env.PATH ?? ''].join(delimiter);
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

/** A program of a package that the project has installed; where it has none of its own, this package's. */
function findTool(root: string, name: string, path: string): string {
  for (const from of [join(root, 'package.json'), import.meta.url]) {
    try {
      return join(dirname(createRequire(from).resolve(`${name}/package.json`)), path);
    } catch {
      // Looked for in the next place.
    }
  }
  throw new Error(
    `${name} is not installed in ${root}; add it: npm install --save-dev ${name} @bufbuild/protoc-gen-es`,
  );
}
