import { createHash } from 'node:crypto';
import { create, type DescFile, type DescService, toBinary } from '@bufbuild/protobuf';
import { type FileDescriptorSet, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';

/** A service's schema: its file and everything that file imports, and the name of exactly these bytes. */
export interface ServiceSchema {
  /** `sha256-<hex>` of `bytes`. */
  readonly digest: string;
  /** A serialized `google.protobuf.FileDescriptorSet`, imports before importers. */
  readonly bytes: Uint8Array;
}

/**
 * The schema of a service, content-addressed. Two workers built from the same contract have the same digest: the
 * files are in the order of their names within the order that imports demand, and serialized deterministically.
 */
export function serviceSchema(service: DescService): ServiceSchema {
  return fileSchema(service.file);
}

/** The schema of whatever one file defines. */
export function fileSchema(file: DescFile): ServiceSchema {
  const bytes = toBinary(FileDescriptorSetSchema, fileDescriptorSet(file));
  return { digest: schemaDigest(bytes), bytes };
}

/** Name of a serialized schema; also the check that a stored one is what its name says. */
export function schemaDigest(bytes: Uint8Array): string {
  return `sha256-${createHash('sha256').update(bytes).digest('hex')}`;
}

function fileDescriptorSet(root: DescFile): FileDescriptorSet {
  const files: DescFile[] = [];
  const seen = new Set<string>();
  const visit = (file: DescFile): void => {
    if (seen.has(file.name)) return;
    seen.add(file.name);
    for (const dependency of [...file.dependencies].sort((a, b) => (a.name < b.name ? -1 : 1)))
      visit(dependency);
    files.push(file);
  };
  visit(root);
  return create(FileDescriptorSetSchema, { file: files.map((file) => file.proto) });
}
