import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createFileRegistry, type FileRegistry, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';

/** Compiles sources, given by path, to descriptors with source information. Rejects with buf's message. */
export function compile(sources: Readonly<Record<string, string>>): FileRegistry {
  const folder = mkdtempSync(join(tmpdir(), 'busline-compile-'));
  try {
    for (const [path, text] of Object.entries(sources)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    return build(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Compiles the folder of a buf module or workspace. */
export function build(folder: string): FileRegistry {
  const buf = join(
    dirname(createRequire(import.meta.url).resolve('@bufbuild/buf/package.json')),
    'bin',
    'buf',
  );
  const image = execFileSync(process.execPath, [buf, 'build', '--as-file-descriptor-set', '-o', '-'], {
    cwd: folder,
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return createFileRegistry(fromBinary(FileDescriptorSetSchema, image));
}
