import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createFileRegistry, type FileRegistry, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';

const schemas = fileURLToPath(new URL('../../schemas', import.meta.url));
const bufCommand = createRequire(import.meta.url).resolve('@bufbuild/buf/bin/buf');

/**
 * Descriptors of proto sources given as text, compiled by buf (about 0.1 s). They come the way a worker's do, as a
 * FileDescriptorSet, so nothing about them is known to generated code. They may import what contracts may.
 *
 * @param sources text by file name
 * @param withComments whether the descriptors carry the comments, as those of workers do
 */
export function buildRegistry(
  sources: Readonly<Record<string, string>>,
  { withComments = false }: { withComments?: boolean } = {},
): FileRegistry {
  const workspace = mkdtempSync(join(tmpdir(), 'busline-protos-'));
  try {
    writeFileSync(
      join(workspace, 'buf.yaml'),
      'version: v2\nmodules:\n  - path: protos\n  - path: third_party\n',
    );
    cpSync(join(schemas, 'third_party'), join(workspace, 'third_party'), { recursive: true });
    cpSync(join(schemas, 'busline', 'policy'), join(workspace, 'protos', 'busline', 'policy'), {
      recursive: true,
    });
    for (const [name, text] of Object.entries(sources)) {
      const file = join(workspace, 'protos', name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    const options = ['build', '--output', '-', '--as-file-descriptor-set'];
    if (!withComments) options.push('--exclude-source-info');
    const bytes = execFileSync(process.execPath, [bufCommand, ...options], {
      cwd: workspace,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return createFileRegistry(fromBinary(FileDescriptorSetSchema, bytes));
  } finally {
    rmSync(workspace, { recursive: true });
  }
}
