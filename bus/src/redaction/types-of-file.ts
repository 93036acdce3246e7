import { createRegistry, type DescFile, type Registry } from '@bufbuild/protobuf';

const registries = new WeakMap<DescFile, Registry>();

/** Every type that a file and what it imports define. One registry for each file. */
export function typesOfFile(file: DescFile): Registry {
  let registry = registries.get(file);
  if (registry === undefined) {
    registry = createRegistry(...withImports(file, new Set()));
    registries.set(file, registry);
  }
  return registry;
}

function withImports(file: DescFile, files: Set<DescFile>): Set<DescFile> {
  if (!files.has(file)) {
    files.add(file);
    for (const imported of file.dependencies) withImports(imported, files);
  }
  return files;
}
