import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { madeWith, nodePackages } from './versions.ts';

const manifest = (path: string) =>
  JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'));

it('are those of this repository', () => {
  const { devDependencies, optionalDependencies } = manifest('package.json');
  const bus = manifest('bus/package.json');
  expect(madeWith).toEqual({
    busline: bus.version,
    protobuf: devDependencies['@bufbuild/protobuf'],
    protovalidate: bus.dependencies['@bufbuild/protovalidate'],
    connect: bus.dependencies['@connectrpc/connect'],
    buf: devDependencies['@bufbuild/buf'],
    nodeTypes: devDependencies['@types/node'],
    typescript: devDependencies.typescript,
    vitest: devDependencies.vitest,
  });
  expect(nodePackages).toEqual(optionalDependencies);
  expect(devDependencies['@bufbuild/protoc-gen-es']).toBe(madeWith.protobuf);
});
