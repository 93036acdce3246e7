import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createFileRegistry, type FileRegistry, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';

const bufCommand = createRequire(import.meta.url).resolve('@bufbuild/buf/bin/buf');

/** Two versions of some files: what they contain, and what buf says of the change. */
export interface BufVerdicts {
  readonly before: FileRegistry;
  readonly after: FileRegistry;
  /** buf's annotations by file name. */
  readonly breaks: ReadonlyMap<string, readonly BufAnnotation[]>;
}

export interface BufAnnotation {
  readonly rule: string;
  readonly message: string;
}

/**
 * Compiles both versions and asks `buf breaking` with the category WIRE_JSON: three processes, however many files.
 *
 * @param before,after text by file name
 */
export function bufVerdicts(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): BufVerdicts {
  const folder = mkdtempSync(join(tmpdir(), 'busline-compatibility-'));
  try {
    const registries = { before: compile(folder, 'before', before), after: compile(folder, 'after', after) };
    const config = JSON.stringify({ version: 'v2', breaking: { use: ['WIRE_JSON'] } });
    const input = ['breaking', image('after'), '--against', image('before')];
    // 100: something breaks.
    const lines = buf(folder, [...input, '--config', config, '--error-format', 'json'], [0, 100])
      .toString()
      .split('\n')
      .filter((line) => line !== '');
    const annotations = lines.map(
      (line) =>
        JSON.parse(line) as { readonly path: string; readonly type: string; readonly message: string },
    );
    const breaks = Map.groupBy(
      annotations.map(({ path, type, message }) => ({ path, rule: type, message })),
      ({ path }) => path,
    );
    return { ...registries, breaks };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const image = (version: string): string => `${version}.binpb`;

function compile(folder: string, version: string, sources: Readonly<Record<string, string>>): FileRegistry {
  for (const [name, text] of Object.entries(sources)) {
    const file = join(folder, version, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  const output = join(folder, image(version));
  buf(join(folder, version), ['build', '--as-file-descriptor-set', '--output', output], [0]);
  return createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(output)));
}

function buf(cwd: string, args: readonly string[], expected: readonly number[]): Buffer {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bufCommand, ...args], {
    cwd,
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status === null || !expected.includes(status))
    throw new Error(`buf ${args[0]} ended with ${status}: ${stderr}${stdout}`);
  return stdout;
}
