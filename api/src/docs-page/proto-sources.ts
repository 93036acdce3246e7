import type { DescFile } from '@bufbuild/protobuf';
import { printProto } from '@busline/schemas/print';
import type { RouteTable } from '../route-table.ts';

/**
 * The contracts of the services as .proto sources by path, with everything they import except google/protobuf/*, which
 * every compiler brings along. Where services carry different versions of a file, that of the service it defines
 * counts, and else that of the first by name.
 */
export function protoSources(table: RouteTable): ReadonlyMap<string, string> {
  const files = new Map<string, DescFile>();
  const ownFiles = table.services.map(({ service }) => service.desc.file);
  for (const file of ownFiles) if (!files.has(file.name)) files.set(file.name, file);
  for (const file of ownFiles.flatMap((own) => [...withImports(own, new Set())])) {
    if (!files.has(file.name) && !file.name.startsWith('google/protobuf/')) files.set(file.name, file);
  }
  const sorted = [...files].sort(([a], [b]) => (a < b ? -1 : 1));
  return new Map(sorted.map(([name, file]) => [`${name}.proto`, sourceOf(file)]));
}

function withImports(file: DescFile, seen: Set<DescFile>): Set<DescFile> {
  if (!seen.has(file)) {
    seen.add(file);
    for (const dependency of file.dependencies) withImports(dependency, seen);
  }
  return seen;
}

/** A contract from elsewhere may use an option that it does not import; the others are worth having all the same. */
function sourceOf(file: DescFile): string {
  try {
    return printProto(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return `// ${file.name}.proto cannot be written: ${reason.replace(/\s+/g, ' ')}\n`;
  }
}
