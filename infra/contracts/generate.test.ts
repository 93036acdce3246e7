import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { generate } from './generate.ts';

const PROTO = 'syntax = "proto3";\npackage a.v1;\nmessage Thing {\n  string id = 1;\n}\n';

describe('generate', () => {
  let root: string;
  const proto = () => join(root, 'schemas/a/v1/a.proto');
  const generated = () => join(root, 'schemas/gen/a/v1/a_pb.ts');

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'busline-generate-test-'));
    await mkdir(join(root, 'schemas/a/v1'), { recursive: true });
    await writeFile(join(root, 'buf.yaml'), 'version: v2\nmodules:\n  - path: schemas\n');
    await writeFile(
      join(root, 'buf.gen.yaml'),
      'version: v2\nplugins:\n  - local: protoc-gen-es\n    out: schemas/gen\n    opt: [target=ts]\n',
    );
    await writeFile(proto(), PROTO);
  });

  afterEach(async () => {
    await rm(root, { recursive: true });
  });

  it('writes what is missing, removes what is stale, and is then up to date', async () => {
    await mkdir(join(root, 'schemas/gen/b'), { recursive: true });
    await writeFile(join(root, 'schemas/gen/b/b_pb.ts'), '');

    expect(await generate({ root })).toEqual([
      { path: 'a/v1/a_pb.ts', kind: 'missing' },
      { path: 'b/b_pb.ts', kind: 'stale' },
    ]);
    expect(await readFile(generated(), 'utf8')).toContain('ThingSchema');
    expect(await readdir(join(root, 'schemas/gen/b'))).toEqual([]);
    expect(await generate({ root, checkOnly: true })).toEqual([]);
  });

  it('puts the comments of the contracts into their descriptors, not those of schemas/third_party', async () => {
    await writeFile(
      join(root, 'buf.yaml'),
      'version: v2\nmodules:\n  - path: schemas\n    excludes: [schemas/third_party]\n  - path: schemas/third_party\n',
    );
    await mkdir(join(root, 'schemas/third_party/b/v1'), { recursive: true });
    const commented = PROTO.replace('message Thing', '// A thing.\nmessage Thing');
    await writeFile(proto(), commented);
    await writeFile(join(root, 'schemas/third_party/b/v1/b.proto'), commented.replace('a.v1', 'b.v1'));
    await generate({ root });

    const descriptorOf = async (path: string) => {
      const source = await readFile(join(root, 'schemas/gen', path), 'utf8');
      return Buffer.from(/fileDesc\("([^"]*)"/.exec(source)?.[1] ?? '', 'base64').toString('latin1');
    };
    expect(await descriptorOf('a/v1/a_pb.ts')).toContain('A thing.');
    expect(await descriptorOf('b/v1/b_pb.ts')).toContain('Thing');
    expect(await descriptorOf('b/v1/b_pb.ts')).not.toContain('A thing.');
    expect(await generate({ root, checkOnly: true })).toEqual([]);
  });

  it('only reports when it checks', async () => {
    await generate({ root });
    const before = await readFile(generated(), 'utf8');
    await writeFile(proto(), PROTO.replace('string id', 'string name'));

    expect(await generate({ root, checkOnly: true })).toEqual([{ path: 'a/v1/a_pb.ts', kind: 'outdated' }]);
    expect(await readFile(generated(), 'utf8')).toBe(before);
  });

  it('rejects with the place of a syntax error and leaves the generated code alone', async () => {
    await generate({ root });
    const before = await readFile(generated(), 'utf8');
    await writeFile(proto(), PROTO.replace('id = 1;', 'id = ;'));

    await expect(generate({ root })).rejects.toThrow(/schemas\/a\/v1\/a\.proto:4:\d+:/);
    expect(await readFile(generated(), 'utf8')).toBe(before);
  });
});
