import { execFile } from 'node:child_process';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const thirdParty = fileURLToPath(new URL('../../schemas/third_party', import.meta.url));

/**
 * Compiles one .proto file, which may import google/api, to a FileDescriptorSet in `folder`; returns its path.
 *
 * @throws Error with the compiler's complaints.
 */
export async function compileProto(folder: string, path: string, source: string): Promise<string> {
  const proto = join(folder, 'proto', path);
  await mkdir(dirname(proto), { recursive: true });
  await writeFile(proto, source);
  await cp(thirdParty, join(folder, 'third_party'), { recursive: true });
  await writeFile(
    join(folder, 'buf.yaml'),
    'version: v2\nmodules:\n  - path: proto\n  - path: third_party\n',
  );
  const buf = join(
    dirname(createRequire(import.meta.url).resolve('@bufbuild/buf/package.json')),
    'bin',
    'buf',
  );
  const out = join(folder, 'descriptors.binpb');
  const args = ['build', '--path', join('proto', path), '--as-file-descriptor-set', '--output', out];
  await promisify(execFile)(process.execPath, [buf, ...args], { cwd: folder });
  return out;
}
